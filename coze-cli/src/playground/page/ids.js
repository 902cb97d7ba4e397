// The ids of objects: where they are listed, found in responses, and used in forms.

import { isRecord, listAt, parseExact, textAt, valueAt } from './json.js';
import { paramsOf } from './model.js';
import { load, save, scoped } from './store.js';

/** The channel of bots that are called through the API. */
export const API_CHANNEL = '1024';

/**
 * A kind of object.
 * @typedef {object} Kind
 * @property {string[]} names the names of parameters and members with its id
 * @property {string} list the operation that lists the objects
 * @property {string[]} items the path of the list in the response
 * @property {string} id the name of the id in an item
 * @property {string} label the name of the title in an item
 * @property {string} [open] the operation that shows an object, what is in it, or what it does
 * @property {string} [needs] the parameter that the list needs
 * @property {string} [own] the operation that returns the account itself
 */
/** @typedef {{name: string, id: string}} FoundId */
/** @typedef {import('./model.js').Operation} Operation */

/** @type {Kind[]} */
export const KINDS = [
  {
    names: ['workspace_id', 'space_id'],
    list: 'workspaces.list',
    items: ['data', 'workspaces'],
    id: 'id',
    label: 'name',
    open: 'bots.list',
  },
  {
    names: ['bot_id'],
    list: 'bots.list',
    items: ['data', 'items'],
    id: 'id',
    label: 'name',
    open: 'bots.retrieve',
    needs: 'workspace_id',
  },
  {
    names: ['workflow_id'],
    list: 'workflows.list',
    items: ['data', 'items'],
    id: 'workflow_id',
    label: 'workflow_name',
    open: 'workflows.retrieve',
    needs: 'workspace_id',
  },
  {
    names: ['conversation_id'],
    list: 'conversations.list',
    items: ['data', 'conversations'],
    id: 'id',
    label: 'name',
    open: 'conversations.retrieve',
    needs: 'bot_id',
  },
  {
    names: ['dataset_id'],
    list: 'datasets.list',
    items: ['data', 'dataset_list'],
    id: 'dataset_id',
    label: 'name',
    open: 'datasets.documents.list',
    needs: 'space_id',
  },
  {
    names: ['database_id'],
    list: 'databases.list',
    items: ['data', 'items'],
    id: 'id',
    label: 'table_name',
    open: 'databases.records.query',
    needs: 'workspace_id',
  },
  {
    names: ['app_id'],
    list: 'apps.list',
    items: ['data', 'items'],
    id: 'id',
    label: 'name',
    open: 'apps.retrieve',
    needs: 'workspace_id',
  },
  {
    names: ['user_id'],
    list: 'workspaces.members.list',
    items: ['data', 'items'],
    id: 'user_id',
    label: 'user_nickname',
    needs: 'workspace_id',
    own: 'users.me',
  },
  {
    names: ['voice_id'],
    list: 'audio.voices.list',
    items: ['data', 'voice_list'],
    id: 'voice_id',
    label: 'name',
    open: 'audio.speech.create',
  },
];

const NAME = 'ids';
/** The maximum number of ids that are found in a response. */
const MAX_FOUND = 100;
/** The objects whose member `id` is the id of an object of another kind. @type {Record<string, string>} */
const PARENTS = {
  creator: 'user_id',
  knowledge_infos: 'dataset_id',
  user_info: 'user_id',
  workflow_info_list: 'workflow_id',
};

/** Returns the kind of object that a parameter identifies. @param {string} name */
export function kindOf(name) {
  return KINDS.find((each) => each.names.includes(name));
}

/** Returns the names and ids of the objects in the response of a list. @param {Kind} kind @param {unknown} reply */
export function objectsOf(kind, reply) {
  return listAt(reply, ...kind.items).map((item) => ({
    id: textAt(item, kind.id),
    label: textAt(item, kind.label),
  }));
}

/**
 * Returns `true` if a list has objects after the first `count`.
 * @param {Kind} kind @param {unknown} reply the response with the last of them
 * @param {number} count
 */
export function hasMore(kind, reply, count) {
  const page = valueAt(reply, ...kind.items.slice(0, -1));
  if (!isRecord(page)) return false;
  if (typeof page.has_more === 'boolean') return page.has_more;
  return Number(page.total ?? page.total_count ?? 0) > count;
}

/** Returns the ids that the user has chosen, by the name of the parameter. @returns {Record<string, string>} */
export function chosenIds() {
  return load(scoped(NAME), {});
}

/** Chooses an id for all forms. @param {FoundId} found */
export function chooseId({ name, id }) {
  const names = kindOf(name)?.names ?? [name];
  const chosen = Object.fromEntries(names.map((each) => [each, id]));
  save(scoped(NAME), { ...chosenIds(), ...chosen });
}

/** Forgets the chosen id of a kind. @param {Kind} kind */
export function forgetId({ names }) {
  const others = Object.entries(chosenIds()).filter(([name]) => !names.includes(name));
  save(scoped(NAME), Object.fromEntries(others));
}

/**
 * Returns values with known ids for the parameters that are required or have a value already.
 * @param {Operation} operation @param {Record<string, unknown>} values
 * @param {Record<string, string>} ids
 */
export function withIds(operation, values, ids) {
  const params = paramsOf(operation).filter((each) => each.required || each.wire in values);
  const known = Object.entries(ids).filter(([name]) => params.some((each) => each.wire === name));
  return { ...values, ...Object.fromEntries(known) };
}

/**
 * Returns an example with the ids that the user has chosen. Other objects of the example do not
 * belong to them, so optional ones are left out.
 * @param {Operation} operation @param {Record<string, unknown>} example
 */
export function withChosenIds(operation, example) {
  const ids = chosenIds();
  const values = withIds(operation, example, ids);
  if (Object.entries(values).every(([name, value]) => example[name] === value)) return values;
  const optional = paramsOf(operation).filter((each) => !each.required && !(each.wire in ids));
  const left = optional.filter(({ wire }) => /_(ids?|version|command)$/.test(wire));
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => !left.some((each) => each.wire === name)),
  );
}

/** Returns the id of an operation without its last name: its resource. @param {string} id */
const resourceOf = (id) => id.slice(0, id.lastIndexOf('.'));

/** Returns a value as an id, or an empty text if it is none. @param {unknown} value */
export function idOf(value) {
  const isId = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return isId && /^[\w-]{6,}$/.test(String(value)) ? String(value) : '';
}

/**
 * Returns a function that names the kind of the object that a member identifies. The name `id`
 * alone says little: an object that an operation returns, or an item of a list, is of the kind of
 * its resource.
 * @param {Operation} operation
 */
function kinds(operation) {
  const own = KINDS.find((each) => resourceOf(each.list) === resourceOf(operation.id));
  const places = own ? ['data', own.items.join('.')] : [];
  /** @param {string} name @param {string[]} path @param {Record<string, unknown>} object */
  return (name, path, object) => {
    const kind = kindOf(name);
    if (kind || name !== 'id') return kind;
    const parent = PARENTS[path.at(-1) ?? ''];
    if (parent) return kindOf(parent);
    // Beside the id of such an object, `id` is another one.
    const isOwn = own && places.includes(path.join('.')) && !own.names.some((each) => each in object);
    return isOwn ? own : undefined;
  };
}

/**
 * Finds the ids in the JSON of a response or of an event.
 * @param {Operation} operation @param {string} text @returns {FoundId[]}
 */
export function findIds(operation, text) {
  /** @type {Map<string, FoundId>} */
  const found = new Map();
  const kindAt = kinds(operation);
  const visit = (/** @type {unknown} */ value, /** @type {string[]} */ path) => {
    if (found.size >= MAX_FOUND) return;
    if (Array.isArray(value)) for (const each of value) visit(each, path);
    if (!isRecord(value)) return;
    for (const [name, member] of Object.entries(value)) {
      const kind = kindAt(name, path, value);
      const id = kind ? idOf(member) : '';
      if (!kind || !id) visit(member, [...path, name]);
      else if (found.size < MAX_FOUND) found.set(`${kind.names[0]} ${id}`, { name: kind.names[0], id });
    }
  };
  try {
    visit(parseExact(text), []);
  } catch {
    // The text is not JSON.
  }
  return [...found.values()];
}
