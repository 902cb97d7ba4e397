// A voice chat with a bot: the options of the realtime SDK, what both sides say, and code.

import { copyButton } from './clipboard.js';
import { button, h, setChildren, tabs, uniqueId } from './dom.js';
import { highlight } from './highlight.js';
import { duration, t } from './i18n.js';
import { textAt, valueAt } from './json.js';
import { SCRIPTS } from './sdkcode.js';
import { SdkEditor } from './sdkeditor.js';
import { literalMessage } from './sdkform.js';
import { REALTIME_GROUPS, unusedOptions } from './sdkoptions.js';
import { sdkPane } from './sdkpane.js';
import { load, save, scoped } from './store.js';
import { Talk } from './talk.js';
import { talkCode } from './talkcode.js';

/** @typedef {import('./sdk.js').SdkOptions} SdkOptions */
/**
 * The settings of a voice chat, apart from those of this tab.
 * @typedef {Omit<import('./talk.js').TalkSettings, 'file' | 'confirmed'>} VoiceSettings
 */

/** The name of the setting that is not an option of the SDK. */
const PROLOGUE = 'sdk.realtime.prologue';

/** @param {SdkOptions} options */
export function realtimeSdk(options) {
  const pane = new RealtimePane(options);
  return { node: pane.node, leave: () => pane.leave(), run: () => void pane.toggle() };
}

/** Returns the settings of a voice chat. @param {unknown} values the options @param {boolean} prologue @returns {VoiceSettings} */
function settingsOf(values, prologue) {
  const text = (/** @type {string[]} */ ...path) => textAt(values, ...path).trim();
  const detection = text('turnDetection', 'type') || 'server_vad';
  return {
    bot: text('botId'),
    voice: text('voiceId'),
    workflow: text('workflowId'),
    conversation: text('conversationId'),
    user: text('userId'),
    detection,
    vad: detection !== 'client_interrupt',
    muted: valueAt(values, 'audioMutedDefault') === true,
    prologue,
    opening: text('prologueContent'),
  };
}

class RealtimePane {
  /** @param {SdkOptions} options */
  constructor(options) {
    this.options = options;
    this.prologue = Boolean(load(scoped(PROLOGUE), false));
    /** The settings of the options that could be read last. */
    this.stored = settingsOf({}, this.prologue);
    /** @type {File | null} */
    this.file = null;
    /** Confirmed once for all voice chats. */
    this.confirmed = false;
    this.frame = 0;
    this.talk = new Talk(() => {
      this.frame ||= requestAnimationFrame(() => this.render());
    });
    this.unused = h('p', { class: 'help sdk-ignored', role: 'status', hidden: true });
    this.code = codePane(() => this.stored, options.state.base_url);
    this.view = new TalkView(this.talk);
    this.settings = this.settingsForm();
    this.startButton = button('', () => void this.toggle(), { class: 'primary run' });
    this.editor = new SdkEditor('realtime', REALTIME_GROUPS, options.state, () => this.changed());
    this.node = sdkPane({
      sdk: 'realtime',
      editor: this.editor,
      help: t('talk.help'),
      run: [this.startButton],
      settings: this.settings,
      notes: [this.unused, h('p', { class: 'help' }, t('sdk.secret'))],
      pages: [{ script: SCRIPTS.realtime, label: t('sdk.copy.vendor') }],
      facts: this.code.node,
      preview: this.view.node,
    });
    this.changed();
    // The meters move between the changes of the chat.
    this.meters = setInterval(() => this.view.renderMeters(), 80);
    this.render();
  }

  settingsForm() {
    const prologue = h('input', { type: 'checkbox', checked: this.prologue });
    prologue.addEventListener('change', () => {
      this.prologue = prologue.checked;
      save(scoped(PROLOGUE), this.prologue);
      this.changed();
    });
    const file = h('input', { type: 'file', id: uniqueId('talk'), accept: 'audio/*' });
    file.addEventListener('change', () => {
      this.file = file.files?.[0] ?? null;
    });
    return h(
      'fieldset',
      { class: 'option-form talk-settings', 'aria-label': t('talk.settings') },
      h('label', { class: 'switch' }, prologue, h('span', null, t('talk.prologue'))),
      h('div', { class: 'setting' }, h('label', { for: file.id }, t('talk.file')), file, h('p', { class: 'help' }, t('talk.file.help'))),
    );
  }

  /** The options or the settings have changed. */
  changed() {
    // The first call comes from the editor itself, before it is ready.
    const { editor } = this;
    if (!editor) return;
    try {
      const { values } = editor.read();
      const unused = unusedOptions(REALTIME_GROUPS, values);
      this.stored = settingsOf(values, this.prologue);
      setChildren(this.unused, unused.length ? t('talk.unused', { names: unused.join(', ') }) : '');
      this.unused.hidden = !unused.length;
      this.code.update();
    } catch {
      // The editor says what is wrong.
    }
  }

  /** Starts or ends the voice chat. */
  async toggle() {
    const { talk, editor } = this;
    if (talk.phase === 'live' || talk.phase === 'connecting') return talk.stop('ended');
    try {
      editor.read();
    } catch (error) {
      return talk.fail(literalMessage(error));
    }
    const { stored, file } = this;
    if (!stored.bot) {
      editor.form.node.querySelector('input')?.focus();
      return talk.fail(t('chat.no_bot'));
    }
    if (!(await this.confirm(stored.bot))) return;
    this.view.node.scrollIntoView({ block: 'nearest' });
    await talk.start({ ...stored, file, confirmed: true });
  }

  /** Asks before the chat with a real account begins. @param {string} bot */
  async confirm(bot) {
    const operation = this.options.operations.get('chat.create');
    if (!operation || this.confirmed) return true;
    const answer = await this.options.confirm(operation, { bot_id: bot }, { note: t('talk.confirm') });
    this.confirmed = answer !== 'no';
    return this.confirmed;
  }

  render() {
    this.frame = 0;
    const { phase } = this.talk;
    const isOpen = phase === 'live' || phase === 'connecting';
    setChildren(this.startButton, t(isOpen ? 'talk.end' : 'talk.start'));
    this.startButton.classList.toggle('cancel', isOpen);
    this.settings.disabled = isOpen;
    this.view.render();
  }

  leave() {
    clearInterval(this.meters);
    cancelAnimationFrame(this.frame);
    this.talk.onChange = () => {};
    this.talk.stop('idle');
  }
}

/** The state of a voice chat, its captions, and what the user can do. */
class TalkView {
  /** @param {Talk} talk */
  constructor(talk) {
    this.talk = talk;
    this.state = h('p', { class: 'talk-state', role: 'status' });
    this.latency = h('p', { class: 'help talk-latency' });
    this.problem = h('p', { class: 'field-error', role: 'alert', hidden: true });
    this.input = meter(t('talk.level.input'));
    this.output = meter(t('talk.level.output'));
    this.captions = h('div', { class: 'talk-captions', role: 'log', 'aria-label': t('talk.captions'), tabindex: '0' });
    this.hold = holdButton(talk);
    this.mute = button(t('talk.mute'), () => talk.mute(!talk.isMuted), { 'aria-pressed': 'false' });
    this.play = button(t('talk.play'), () => talk.play());
    this.interrupt = button(t('talk.interrupt'), () => talk.interrupt());
    this.more = h('div', { class: 'talk-more' });
    /** The tools whose form is shown. */
    this.shown = '';
    const text = h('input', { type: 'text', 'aria-label': t('talk.text'), placeholder: t('talk.text'), autocomplete: 'off' });
    this.text = text;
    const form = h('form', { class: 'talk-text' }, text, (this.send = h('button', { type: 'submit' }, t('chat.send'))));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!text.value.trim()) return;
      talk.write(text.value.trim());
      text.value = '';
    });
    this.node = h(
      'section',
      { class: 'talk', 'aria-label': t('talk.title') },
      h('div', { class: 'talk-head' }, this.state, this.latency),
      this.problem,
      h('div', { class: 'talk-meters' }, this.input.node, this.output.node),
      this.captions,
      this.more,
      h('div', { class: 'talk-actions' }, this.hold, this.mute, this.play, this.interrupt),
      form,
    );
  }

  render() {
    const { talk } = this;
    const { latency } = talk;
    const isLive = talk.phase === 'live';
    const isPush = talk.settings?.vad === false;
    setChildren(this.state, t(`talk.phase.${this.phase()}`));
    this.state.dataset.phase = talk.phase;
    setChildren(this.latency, latency ? latencyText(latency) : '');
    setChildren(this.problem, talk.problem);
    this.problem.hidden = !talk.problem;
    this.hold.hidden = !isPush;
    this.play.hidden = isPush || !talk.settings?.file;
    for (const each of [this.hold, this.mute, this.play, this.interrupt, this.send, this.text]) each.disabled = !isLive;
    this.hold.setAttribute('aria-pressed', String(talk.isHeld));
    this.mute.setAttribute('aria-pressed', String(talk.isMuted));
    this.renderCaptions();
    this.renderMore();
    this.renderMeters();
  }

  phase() {
    const { talk } = this;
    if (talk.phase !== 'live') return talk.phase;
    if (talk.isHeard || talk.isHeld) return 'listening';
    if (talk.isMuted) return 'muted';
    return talk.isBusy ? 'speaking' : 'live';
  }

  renderMeters() {
    this.input.set(this.talk.inputLevel);
    this.output.set(this.talk.player?.level() ?? 0);
    const phase = t(`talk.phase.${this.phase()}`);
    if (this.state.textContent !== phase) setChildren(this.state, phase);
  }

  renderCaptions() {
    const { captions } = this.talk;
    const list = this.captions;
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 24;
    if (!captions.length) setChildren(list, h('p', { class: 'empty' }, t('talk.empty')));
    else setChildren(list, captions.map(captionView));
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  /** Shows the suggested questions, or the form for the outputs of tools. */
  renderMore() {
    const { talk } = this;
    const { pending, suggestions } = talk;
    const shown = JSON.stringify([pending, suggestions]);
    if (shown === this.shown) return;
    this.shown = shown;
    if (!pending.calls.length)
      return void setChildren(this.more, suggestions.map((each) => button(each, () => talk.write(each), { class: 'small' })));
    const inputs = pending.calls.map(({ id, name, args }) => {
      const input = h('input', { id: uniqueId('tool'), type: 'text', autocomplete: 'off' });
      return { id, input, node: h('div', null, h('label', { for: input.id }, h('code', null, `${name} ${args}`)), input) };
    });
    const submit = () => talk.submit(Object.fromEntries(inputs.map(({ id, input }) => [id, input.value])));
    setChildren(
      this.more,
      h('p', { class: 'help' }, t('chat.pending_calls')),
      inputs.map(({ node }) => node),
      button(t('chat.submit'), submit, { class: 'primary' }),
    );
  }
}

/** @param {import('./talk.js').Latency} latency */
function latencyText({ known, speech }) {
  if (speech === null) return t('talk.latency.text', { known: duration(known) });
  return t('talk.latency', { total: duration(speech), server: duration(known) });
}

/** @param {import('./talk.js').Caption} caption */
function captionView({ side, text, isDone, isInterrupted }) {
  if (side === 'note') return h('p', { class: 'field-error' }, text);
  return h(
    'p',
    { class: `caption ${side}`, dataset: { done: String(isDone) } },
    h('strong', null, t(`talk.${side}`)),
    ' ',
    text.trim() || '…',
    isInterrupted && h('span', { class: 'mark' }, t('talk.interrupted')),
  );
}

/** Creates a button that the user holds while speaking, with the pointer or the keyboard. @param {Talk} talk */
function holdButton(talk) {
  const node = h('button', { type: 'button', class: 'primary hold', 'aria-pressed': 'false' }, t('talk.hold'));
  node.addEventListener('pointerdown', (event) => {
    if (node.disabled) return;
    node.setPointerCapture(event.pointerId);
    talk.hold();
  });
  for (const name of /** @type {const} */ (['pointerup', 'pointercancel', 'blur']))
    node.addEventListener(name, () => talk.release());
  const isKey = (/** @type {KeyboardEvent} */ { key, ctrlKey }) => (key === ' ' || key === 'Enter') && !ctrlKey;
  node.addEventListener('keydown', (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    if (!event.repeat) talk.hold();
  });
  node.addEventListener('keyup', (event) => {
    if (isKey(event)) talk.release();
  });
  return node;
}

/** @param {string} label */
function meter(label) {
  const id = uniqueId('meter');
  const bar = h('meter', { id, min: '0', max: '1', value: 0 });
  return {
    node: h('div', { class: 'talk-meter' }, h('label', { for: id }, label), bar),
    /** Shows a loudness by its logarithm, as ears do. @param {number} level */
    set: (level) => {
      bar.value = level > 0.001 ? Math.min(1, 1 + Math.log10(level) / 3) : 0;
    },
  };
}

/** @param {() => VoiceSettings} settings @param {string} base the address of the API */
function codePane(settings, base) {
  /** @type {'rust' | 'javascript'} */
  let language = 'rust';
  const code = h('code', null);
  const block = h('pre', { class: 'sample', role: 'group', tabindex: '0', 'aria-label': t('samples.label') }, code);
  const update = () => setChildren(code, highlight(talkCode(language, settings(), base), language));
  /** @param {typeof language} id @param {string} label */
  const tab = (id, label) => ({
    id,
    label,
    panel: () => {
      language = id;
      update();
      return block;
    },
  });
  const choice = tabs([tab('rust', 'Rust'), tab('javascript', 'JavaScript')], { label: t('samples.label') });
  const copy = copyButton(() => talkCode(language, settings(), base));
  const node = h(
    'section',
    { class: 'talk-code', 'aria-label': t('samples.label') },
    h('div', { class: 'pane-head' }, choice.list, h('span', { class: 'space' }), copy),
    choice.panel,
  );
  return { node, update };
}
