// The view of a turn of a chat: the question, reasoning, tool calls, answers and follow-ups.

import { button, h, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { parseJson, textAt } from './json.js';
import { markdown } from './markdown.js';

/** @typedef {import('./turns.js').Turn} Turn */
/** @typedef {import('./turns.js').Tool} Tool */
/** @typedef {import('./conversation.js').Conversation} Conversation */

/**
 * @param {Turn} turn @param {boolean} last @param {Conversation} conversation
 * @param {(text: string) => void} send
 */
export function turnView(turn, last, conversation, send) {
  const texts = turn.order.map((id) => turn.answers[id]).filter(Boolean);
  const pending = turn.pendingCalls.length > 0 && turn.phase === 'waiting';
  const suggests = last && turn.phase === 'done' && turn.followUps.length > 0;
  return h(
    'article',
    { class: 'turn', dataset: { phase: turn.phase } },
    turn.question && question(turn.question),
    turn.reasoning && reasoning(turn.reasoning),
    turn.tools.map((tool, at) => toolView(tool, at, turn.phase === 'running')),
    texts.map(answer),
    turn.phase === 'running' && !texts.length && waiting(),
    pending && toolForm(turn, conversation),
    turn.error && errorView(turn.error),
    turn.phase === 'stopped' && h('p', { class: 'help' }, t('chat.stopped')),
    turn.tokens > 0 && h('p', { class: 'help tokens' }, t('chat.tokens', { n: turn.tokens })),
    suggests && followUps(turn.followUps, send),
  );
}

/** @param {string} text */
function question(text) {
  return h('div', { class: 'bubble user' }, h('span', { class: 'offscreen' }, t('chat.you')), text);
}

/** @param {string} text */
function reasoning(text) {
  return h(
    'details',
    { class: 'reasoning', dataset: { part: 'reasoning' } },
    h('summary', null, t('chat.reasoning')),
    h('p', null, text),
  );
}

/** @param {Tool} tool @param {number} at @param {boolean} running */
function toolView({ name, input, output }, at, running) {
  const spinner = output === null && running && h('span', { class: 'spinner' });
  return h(
    'details',
    { class: 'tool', dataset: { part: `tool-${at}` } },
    h('summary', null, t('chat.tool'), ' ', h('code', null, name), spinner),
    input && h('pre', { tabindex: '0' }, h('code', null, input)),
    output !== null && h('pre', { tabindex: '0' }, h('code', null, output)),
  );
}

/** @param {string} text */
function answer(text) {
  return h(
    'div',
    { class: 'bubble bot' },
    h('span', { class: 'offscreen' }, `${t('chat.bot')}: `),
    markdown(text, () => null, { breaks: true }),
  );
}

function waiting() {
  const state = h('span', { class: 'offscreen' }, t('state.running'));
  return h('div', { class: 'bubble bot' }, h('span', { class: 'spinner' }), state);
}

/** @param {import('./turns.js').TurnError} error */
function errorView({ code, message, hint, log_id }) {
  const title = code ? h('strong', null, `${t('result.error_code', { code })} `) : null;
  return h(
    'div',
    { class: 'error', role: 'alert' },
    h('p', null, title, message),
    hint && h('p', { class: 'hint' }, hint),
    log_id && h('p', { class: 'muted' }, `${t('result.log')} ${log_id}`),
  );
}

/** @param {string[]} questions @param {(text: string) => void} send */
export function followUps(questions, send) {
  return h(
    'div',
    { class: 'follow-ups', 'aria-label': t('chat.follow_ups'), role: 'group' },
    questions.map((each) => button(each, () => send(each), { class: 'follow-up' })),
  );
}

/** Returns the question of a node, which may be a member of JSON. @param {string} input */
function questionOf(input) {
  const value = parseJson(input);
  return ['question', 'content', 'text'].map((name) => textAt(value, name)).find(Boolean) ?? input;
}

/**
 * The form for the outputs of tools that run outside the platform.
 * @param {Turn} turn @param {Conversation} conversation
 */
function toolForm(turn, conversation) {
  const inputs = turn.pendingCalls.map((call) => ({
    call,
    input: h('input', { type: 'text', id: uniqueId('tool') }),
  }));
  const isQuestion = turn.pendingCalls.every((call) => call.isQuestion);
  const submit = () =>
    conversation.submit(
      turn,
      Object.fromEntries(inputs.map(({ call, input }) => [call.id, input.value])),
    );
  return h(
    'form',
    {
      class: 'tool-form',
      on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          void submit();
        },
      },
    },
    h('p', null, t(isQuestion ? 'chat.pending_question' : 'chat.pending_calls')),
    inputs.flatMap(({ call, input }) => [
      h(
        'label',
        { for: input.id },
        call.isQuestion ? questionOf(call.input) : h('code', null, `${call.name}(${call.input})`),
      ),
      input,
    ]),
    h('button', { type: 'submit', class: 'primary small' }, t('chat.submit')),
  );
}
