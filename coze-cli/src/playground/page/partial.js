// What the user has entered before it is a value: text that is not JSON or not a number, and
// entries without a name. Forms keep it, and calls leave it out.

import { isRecord } from './json.js';

/** @typedef {[name: string, state: unknown]} Entry */

/** Input that is not a value: the text of a control, or the entries of a map. */
export class PartialInput {
  /** @param {{text?: string | undefined, rows?: Entry[] | undefined}} input */
  constructor({ text = '', rows }) {
    this.text = text;
    this.rows = rows;
  }

  /** Returns the entries that are complete. */
  value() {
    const complete = (this.rows ?? [])
      .map(([name, state]) => [name, completeValues(state)])
      .filter(([name, value]) => name !== '' && value !== undefined);
    return complete.length ? Object.fromEntries(complete) : undefined;
  }
}

/** Returns `true` for an object whose members can be visited. @param {unknown} value @returns {value is Record<string, unknown>} */
const isPlain = (value) => isRecord(value) && !(value instanceof File) && !(value instanceof PartialInput);

/**
 * Returns what a call sends of the state of a form. Lists and objects that have only partial input
 * are not sent.
 * @param {unknown} state @returns {unknown}
 */
export function completeValues(state) {
  if (state instanceof PartialInput) return state.value();
  if (Array.isArray(state)) {
    const items = state.map(completeValues).filter((each) => each !== undefined);
    return items.length || !state.length ? items : undefined;
  }
  if (!isPlain(state)) return state;
  const members = Object.entries(state)
    .map(([name, each]) => [name, completeValues(each)])
    .filter(([, value]) => value !== undefined);
  return members.length || !Object.keys(state).length ? Object.fromEntries(members) : undefined;
}

/**
 * Returns the values that a call sends of the state of a form. Further values without a name are
 * not sent.
 * @param {Record<string, unknown>} state @returns {Record<string, unknown>}
 */
export function sentOf(state) {
  const named = Object.entries(state).filter(([name, each]) => name || !(each instanceof PartialInput));
  const sent = named.map(([name, each]) => [name, completeValues(each)]);
  return Object.fromEntries(sent.filter(([, value]) => value !== undefined));
}

/** Returns `true` if the state of a form has partial input. @param {unknown} state @returns {boolean} */
export function hasPartialInput(state) {
  if (state instanceof PartialInput) return true;
  if (Array.isArray(state)) return state.some(hasPartialInput);
  return isPlain(state) && Object.values(state).some(hasPartialInput);
}

/** The name of the only member of an object that is partial input in JSON. */
const MARK = '\u0000partial';

/** Writes the state of a form as JSON values. @param {unknown} state @returns {unknown} */
export function encodeState(state) {
  if (state instanceof PartialInput)
    return { [MARK]: { text: state.text, rows: state.rows?.map(([name, each]) => [name, encodeState(each)]) } };
  if (Array.isArray(state)) return state.map(encodeState);
  return isPlain(state) ? mapMembers(state, encodeState) : state;
}

/** Reads what `encodeState` has written. @param {unknown} value @returns {unknown} */
export function decodeState(value) {
  if (Array.isArray(value)) return value.map(decodeState);
  if (!isPlain(value)) return value;
  const partial = value[MARK];
  if (!isRecord(partial)) return mapMembers(value, decodeState);
  const { text, rows } = /** @type {{text?: string, rows?: Entry[]}} */ (partial);
  return new PartialInput({ text, rows: rows?.map(([name, each]) => [name, decodeState(each)]) });
}

/** @param {Record<string, unknown>} object @param {(value: unknown) => unknown} change */
function mapMembers(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
