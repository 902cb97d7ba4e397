// The form for what a chat waits for: the outputs of tools that run outside the platform, or the
// answers to questions of a workflow.

import { h, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { parseJson, textAt } from './json.js';

/** Returns the question of a node, which may be a member of JSON. @param {string} input */
function questionOf(input) {
  const value = parseJson(input);
  return ['question', 'content', 'text'].map((name) => textAt(value, name)).find(Boolean) ?? input;
}

/** @param {import('./turns.js').Turn} turn @param {import('./conversation.js').Conversation} conversation */
export function toolForm(turn, conversation) {
  const inputs = turn.pendingCalls.map((call) => {
    const value = turn.typed?.[call.id] ?? '';
    const input = h('input', { type: 'text', id: uniqueId('tool'), autocomplete: 'off', value });
    input.addEventListener('input', () => {
      turn.typed = { ...turn.typed, [call.id]: input.value };
      conversation.keep();
    });
    return { call, input };
  });
  const isQuestion = turn.pendingCalls.every((call) => call.isQuestion);
  const submit = () => {
    delete turn.typed;
    return conversation.submit(
      turn,
      Object.fromEntries(inputs.map(({ call, input }) => [call.id, input.value])),
    );
  };
  moveFocus(inputs[0].input);
  return h(
    'form',
    {
      class: 'tool-form',
      on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          document.getElementById('chat-input')?.focus();
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
    h('button', { type: 'submit', class: 'primary small' }, t(isQuestion ? 'chat.answer' : 'chat.submit')),
  );
}

/** Moves the focus from the input for messages, unless the user has begun another one. @param {HTMLElement} input */
function moveFocus(input) {
  const message = document.getElementById('chat-input');
  if (message instanceof HTMLTextAreaElement && message === document.activeElement && !message.value)
    requestAnimationFrame(() => input.focus());
}
