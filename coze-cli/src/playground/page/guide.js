// The view "Get started": from the token to the first answer of a bot.

import { actionButtons, errorActions, tokenPage } from './actions.js';
import { makeCall } from './api.js';
import { button, externalLink, h, setChildren, uniqueId } from './dom.js';
import { faq } from './faq.js';
import { t } from './i18n.js';
import { API_CHANNEL, chooseId, chosenIds, kindOf, objectsOf } from './ids.js';
import { parseJson, textAt } from './json.js';
import { operationHash } from './router.js';
import { load, save } from './store.js';
import { tokenSite } from './sites.js';
import { apiName, openTarget } from './target.js';

/** @typedef {import('./api.js').Line} Line */
/** @typedef {{error: import('./api.js').ErrorLine} | {reply: unknown}} Outcome */
/**
 * @typedef {object} GuideOptions
 * @property {import('./api.js').State} state
 * @property {Map<string, import('./model.js').Operation>} operations
 * @property {import('./session.js').Confirm} confirm
 * @property {(id: string, values: Record<string, unknown>) => void} go
 * @property {(bot: string) => void} chat
 */
/** @typedef {'waiting' | 'running' | 'done' | 'failed'} Phase */

/** The operations that the steps call, whose permissions the token needs. */
const CALLS = ['users.me', 'workspaces.list', 'bots.list', 'bots.retrieve', 'bots.publish', 'chat.create'];
const NOT_PUBLISHED = 4015;
/** The name of the question that the user has typed. */
const QUESTION = 'guide.question';

/** @param {GuideOptions} options */
export function guidePane(options) {
  const guide = new Guide(options);
  void guide.start();
  return { node: guide.node, leave: () => guide.leave() };
}

/** A step: its title, its state and its content. */
class Step {
  /** @param {number} number @param {string} title @param {string} help */
  constructor(number, title, help) {
    const id = uniqueId('step');
    this.content = h('div', { class: 'step-content', 'aria-live': 'polite' });
    this.status = h('span', { class: 'step-status' });
    this.node = h(
      'li',
      { class: 'step', 'aria-labelledby': id },
      h('span', { class: 'step-number', 'aria-hidden': 'true' }, number),
      h(
        'div',
        { class: 'step-body' },
        h('h2', { id }, title, ' ', this.status),
        h('p', { class: 'help' }, help),
        this.content,
      ),
    );
    this.set('waiting');
  }

  /** @param {Phase} phase @param {...(import('./dom.js').Child | import('./dom.js').Child[])} content */
  set(phase, ...content) {
    this.node.dataset.phase = phase;
    setChildren(this.status, t(`guide.${phase}`));
    setChildren(this.content, ...content);
  }
}

class Guide {
  /** @param {GuideOptions} options */
  constructor(options) {
    this.options = options;
    this.abort = new AbortController();
    const step = (/** @type {number} */ number, /** @type {string} */ name) =>
      new Step(number, t(`guide.${name}`), t(`guide.${name}.help`));
    this.token = step(1, 'token');
    this.me = step(2, 'me');
    this.bot = step(3, 'bot');
    this.publish = step(4, 'publish');
    this.answer = step(5, 'answer');
    const { workspace_id, bot_id } = { ...options.state.defaults, ...chosenIds() };
    this.ids = { workspace: workspace_id ?? '', bot: bot_id ?? '' };
    this.node = h(
      'div',
      { class: 'guide' },
      h('h1', { tabindex: '-1' }, t('guide.title')),
      h('p', { class: 'help' }, t('guide.help')),
      h(
        'ol',
        { class: 'steps' },
        [this.token, this.me, this.bot, this.publish, this.answer].map(({ node }) => node),
      ),
      faq(),
    );
  }

  async start() {
    this.token.set('done', tokenHelp(this.options));
    await this.showUser();
  }

  leave() {
    this.abort.abort();
  }

  /**
   * Calls an operation. The user is asked first if it changes something on a real API.
   * @param {string} id @param {Record<string, unknown>} values @param {boolean} [stream]
   * @param {(line: Line) => void} [onLine]
   * @returns {Promise<Outcome | null>} `null` if the user refuses or has left the view
   */
  async call(id, values, stream = false, onLine = () => {}) {
    const operation = this.options.operations.get(id);
    if (!operation) return null;
    const answer = await this.options.confirm(operation, values);
    if (answer === 'no') return null;
    const call = { id, values, stream, confirmed: answer === 'yes' };
    try {
      /** @type {Outcome} */
      let outcome = { reply: null };
      for await (const line of makeCall(call, new Map(), this.abort.signal)) {
        if (line.kind === 'error') outcome = { error: line };
        else if (line.kind === 'body') outcome = { reply: parseJson(line.text) };
        onLine(line);
      }
      return outcome;
    } catch (error) {
      if (this.abort.signal.aborted) return null;
      return { error: { kind: 'error', message: error instanceof Error ? error.message : String(error) } };
    }
  }

  /**
   * Shows an error, what can be done about it, and a button that tries again.
   * @param {Step} step @param {import('./api.js').ErrorLine} error
   * @param {Record<string, unknown>} values @param {() => void} again
   */
  fail(step, error, values, again) {
    const { state, go } = this.options;
    const actions = actionButtons(errorActions(error, values, state), go);
    step.set(
      'failed',
      h('p', { class: 'field-error' }, error.code ? `${error.code}: ${error.message}` : error.message),
      error.hint && h('p', { class: 'help' }, error.hint),
      h('div', { class: 'step-actions' }, actions, button(t('guide.again'), again, { class: 'small' })),
    );
  }

  async showUser() {
    this.me.set('running');
    const outcome = await this.call('users.me', {});
    if (!outcome) return;
    if ('error' in outcome) return this.fail(this.me, outcome.error, {}, () => void this.showUser());
    const [name, id] = ['nick_name', 'user_id'].map((each) => textAt(outcome.reply, 'data', each));
    const login = textAt(outcome.reply, 'data', 'user_name');
    this.me.set('done', h('p', null, h('strong', null, name || login), ' ', h('code', null, id)));
    await this.showWorkspaces();
  }

  /**
   * Lists objects. Returns `null` after showing why that is not possible.
   * @param {string} name @param {Record<string, unknown>} values @param {() => void} again
   */
  async list(name, values, again) {
    const kind = kindOf(name);
    if (!kind) return null;
    const outcome = await this.call(kind.list, values);
    if (!outcome) return null;
    if ('error' in outcome) {
      this.fail(this.bot, outcome.error, values, again);
      return null;
    }
    return objectsOf(kind, outcome.reply);
  }

  async showWorkspaces() {
    this.bot.set('running');
    const workspaces = await this.list('workspace_id', {}, () => void this.showWorkspaces());
    if (!workspaces) return;
    if (!workspaces.some(({ id }) => id === this.ids.workspace)) this.ids.workspace = workspaces[0]?.id ?? '';
    await this.showBots(workspaces);
  }

  /** @param {{id: string, label: string}[]} workspaces */
  async showBots(workspaces) {
    this.bot.set('running');
    for (const step of [this.publish, this.answer]) step.set('waiting');
    const values = { workspace_id: this.ids.workspace, publish_status: 'all', page_size: 50 };
    const bots = await this.list('bot_id', values, () => void this.showBots(workspaces));
    if (!bots) return;
    chooseId({ name: 'workspace_id', id: this.ids.workspace });
    if (!bots.some(({ id }) => id === this.ids.bot)) this.ids.bot = bots[0]?.id ?? '';
    const workspace = choice(t('guide.workspace'), workspaces, this.ids.workspace, (id) => {
      this.ids.workspace = id;
      void this.showBots(workspaces);
    });
    if (!this.ids.bot) {
      const create = () => this.options.go('bots.create', { space_id: this.ids.workspace });
      const make = button(t('guide.create'), create, { class: 'small' });
      return this.bot.set('waiting', workspace, h('p', null, t('guide.no_bots'), ' ', make));
    }
    const bot = choice(t('chat.bot'), bots, this.ids.bot, (id) => {
      this.ids.bot = id;
      void this.showRelease();
    });
    this.bot.set('done', h('div', { class: 'choices' }, workspace, bot));
    await this.showRelease();
  }

  /** Shows if the bot is published to the channel of the API. */
  async showRelease() {
    const values = { bot_id: this.ids.bot, is_published: true };
    chooseId({ name: 'bot_id', id: this.ids.bot });
    this.publish.set('running');
    this.answer.set('waiting');
    const outcome = await this.call('bots.retrieve', values);
    // Meanwhile the user may have chosen another bot.
    if (!outcome || values.bot_id !== this.ids.bot) return;
    if ('reply' in outcome) {
      this.publish.set('done', h('p', null, t('guide.published')));
      return this.showQuestion();
    }
    if (outcome.error.code !== NOT_PUBLISHED)
      return this.fail(this.publish, outcome.error, values, () => void this.showRelease());
    const publish = button(t('action.publish'), () => void this.publishBot(), { class: 'primary' });
    this.publish.set('waiting', h('p', null, t('guide.unpublished')), publish);
  }

  async publishBot() {
    const values = { bot_id: this.ids.bot, connector_ids: [API_CHANNEL] };
    const outcome = await this.call('bots.publish', values);
    if (!outcome) return;
    if ('error' in outcome)
      return this.fail(this.publish, outcome.error, values, () => void this.publishBot());
    await this.showRelease();
  }

  showQuestion() {
    const id = uniqueId('question');
    const value = load(QUESTION, '') || t('guide.question.default');
    const input = h('input', { id, type: 'text', value, autocomplete: 'off' });
    input.addEventListener('input', () => save(QUESTION, input.value));
    const output = h('div', { class: 'bubble bot', hidden: true });
    const more = h('div', { class: 'step-actions', hidden: true });
    const ask = async () => {
      if (!input.value.trim()) return;
      send.disabled = true;
      await this.ask(input.value.trim(), output, more);
      send.disabled = false;
    };
    const send = button(t('guide.ask'), () => void ask(), { class: 'primary' });
    input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter' && !event.isComposing && !send.disabled) void ask();
    });
    const row = h('div', { class: 'question' }, h('label', { for: id }, t('guide.question')), input, send);
    this.answer.set('waiting', row, output, more);
  }

  /** @param {string} question @param {HTMLElement} output @param {HTMLElement} more */
  async ask(question, output, more) {
    const message = { role: 'user', type: 'question', content_type: 'text', content: question };
    const values = { bot_id: this.ids.bot, user_id: 'playground', additional_messages: [message] };
    const shown = document.createTextNode('');
    output.hidden = false;
    // The step is a live region, which reads the answer once it is complete.
    this.answer.content.setAttribute('aria-busy', 'true');
    setChildren(output, h('span', { class: 'spinner' }));
    more.hidden = true;
    let text = '';
    const outcome = await this.call('chat.create', values, true, (line) => {
      if (line.kind !== 'event' || line.event !== 'conversation.message.delta') return;
      const delta = textAt(parseJson(line.data), 'content');
      if (!text && delta) setChildren(output, shown);
      text += delta;
      shown.appendData(delta);
    });
    this.answer.content.removeAttribute('aria-busy');
    output.hidden = !text;
    if (!outcome) return;
    if ('error' in outcome)
      return this.fail(this.answer, outcome.error, values, () => this.showQuestion());
    this.answer.node.dataset.phase = 'done';
    setChildren(this.answer.status, t('guide.done'));
    const { go, chat } = this.options;
    setChildren(
      more,
      button(t('guide.continue'), () => chat(this.ids.bot), { class: 'small' }),
      button(t('guide.code'), () => go('chat.create', values), { class: 'small' }),
    );
    more.hidden = false;
  }
}

/** Says where the token comes from, and what it must be allowed to do. @param {GuideOptions} options */
function tokenHelp({ state, operations }) {
  const page = tokenPage(state);
  const needs = CALLS.map((id) => operations.get(id)).filter((each) => each !== undefined);
  const permissions = needs.map(({ id, permissions = [] }) =>
    h(
      'li',
      null,
      permissions.length
        ? permissions.map((each) => [h('code', null, each), ' ']).flat()
        : [h('span', { class: 'muted' }, t('guide.any')), ' '],
      h('a', { href: operationHash(id) }, id),
    ),
  );
  const enter = (/** @type {string} */ label) =>
    button(label, () => openTarget(state, true), { class: 'small', 'aria-haspopup': 'dialog' });
  const real = [
    h('p', null, t('guide.token.real', { name: apiName(state) }), ' ', h('code', null, state.base_url)),
    h(
      'div',
      { class: 'step-actions' },
      page && externalLink(page, t('action.token'), { class: 'button small' }),
      enter(t('guide.token.other')),
    ),
  ];
  const mock = [
    h('p', null, t('guide.token.mock')),
    h('pre', null, 'COZE_API_TOKEN=pat_… coze playground'),
    h(
      'div',
      { class: 'step-actions' },
      ['cn', 'com'].map((region) =>
        externalLink(tokenSite(region), t(`guide.token.${region}`), { class: 'button small' }),
      ),
      enter(t('account.title')),
    ),
  ];
  return [
    ...(state.backend === 'mock' ? mock : real),
    h('p', { class: 'permissions-title' }, t('guide.permissions')),
    h('ul', { class: 'permissions' }, permissions),
  ];
}

/**
 * Creates a labeled selection.
 * @param {string} label @param {{id: string, label: string}[]} objects @param {string} chosen
 * @param {(id: string) => void} choose
 */
function choice(label, objects, chosen, choose) {
  const id = uniqueId('choice');
  const select = h(
    'select',
    { id },
    objects.map((each) => h('option', { value: each.id }, each.label ? `${each.label} · ${each.id}` : each.id)),
  );
  select.value = chosen;
  select.addEventListener('change', () => choose(select.value));
  return h('div', { class: 'setting' }, h('label', { for: id }, label), select);
}
