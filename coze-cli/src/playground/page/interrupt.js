// The question of an interrupted workflow, and the form that answers it.

import { h, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { parseJson, textAt, valueAt } from './json.js';
import { load, save, scoped } from './store.js';

/** @typedef {(operation: string, values: Record<string, unknown>, run: boolean) => void} Go */
/** @typedef {{event_id: string, type: unknown, question: string, resume: string}} Interrupt */

/**
 * Returns the interrupt in an event or a response. The question is in its data, or else
 * its node is named.
 * @param {import('./api.js').EventLine | import('./api.js').BodyLine} line
 * @returns {Interrupt | null}
 */
export function interruptOf(line) {
  const streamed = line.kind === 'event';
  const text = streamed ? line.data : line.text;
  if (streamed ? line.event !== 'Interrupt' : !text.includes('"interrupt_data"')) return null;
  const reply = parseJson(text);
  const data = valueAt(reply, 'interrupt_data');
  const event_id = textAt(data, 'event_id');
  if (!event_id) return null;
  const details = parseJson(textAt(data, 'data'));
  return {
    event_id,
    type: valueAt(data, 'type'),
    question: [textAt(details, 'content'), textAt(data, 'data'), textAt(reply, 'node_title')].find(Boolean) ?? '',
    resume: streamed ? 'workflows.runs.resume' : 'workflows.runs.resume_unstreamed',
  };
}

const NAME = 'interrupts';
const MAX_ANSWERS = 20;

/** Keeps the answer to a question that has not been sent. @param {string} event_id @param {string} text */
function keepAnswer(event_id, text) {
  const answers = /** @type {Record<string, string>} */ (load(scoped(NAME), {}));
  const others = Object.entries(answers).filter(([id]) => id !== event_id);
  const own = text ? [[event_id, text]] : [];
  save(scoped(NAME), Object.fromEntries([...others.slice(1 - MAX_ANSWERS), ...own]));
}

/**
 * @param {Interrupt} interrupt @param {Record<string, unknown>} values the values of the run
 * @param {Go} go
 */
export function interruptForm({ event_id, type, question, resume }, values, go) {
  const value = /** @type {Record<string, string>} */ (load(scoped(NAME), {}))[event_id] ?? '';
  const input = h('textarea', { id: uniqueId('answer'), rows: '2', value });
  input.addEventListener('input', () => keepAnswer(event_id, input.value));
  const answer = (/** @type {Event} */ event) => {
    event.preventDefault();
    const { workflow_id } = values;
    keepAnswer(event_id, '');
    go(resume, { workflow_id, event_id, interrupt_type: type, resume_data: input.value }, true);
  };
  return h(
    'form',
    { class: 'tool-form', on: { submit: answer } },
    h('label', { for: input.id }, t('interrupt.question'), question ? ` ${question}` : ''),
    input,
    h('button', { type: 'submit', class: 'primary small' }, t('interrupt.answer')),
  );
}
