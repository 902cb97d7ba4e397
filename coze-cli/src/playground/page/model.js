// The model of the API: its types, and functions to query it.

/**
 * @typedef {'string' | 'secret' | 'int32' | 'int64' | 'double' | 'boolean' | 'json' | 'file'
 *   | {named: string} | {list: Type} | {map: Type}} Type
 */
/**
 * @typedef {object} Limits
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [min_length]
 * @property {number} [max_length]
 * @property {number} [min_items]
 * @property {number} [max_items]
 * @property {Limits} [each] the limits of each item of a list
 */
/**
 * @typedef {object} Field
 * @property {string} wire the name on the wire
 * @property {Type} kind
 * @property {boolean} [required]
 * @property {boolean} [nullable]
 * @property {string} [description]
 * @property {Limits} [limits]
 * @property {unknown} [default]
 */
/** @typedef {'path' | 'header' | 'body' | 'part' | {query: {explode: boolean}}} Place */
/** @typedef {Field & {place: Place, constant?: string, example?: unknown}} Param */
/** @typedef {{wire: string, description: string, data?: string, ends?: boolean}} ApiEvent */
/** @typedef {{value: string | number, description?: string}} Variant */
/**
 * @typedef {{struct: Field[]} | {strings: Variant[]} | {integers: Variant[]} | {events: ApiEvent[]}
 *   | {commands: ApiEvent[]}} Shape
 */
/** @typedef {{name: string, description: string, shape: Shape}} Schema */
/**
 * @typedef {object} Body
 * @property {'json' | 'multipart'} media
 * @property {boolean} required
 * @property {Record<string, unknown>} example
 */
/**
 * An operation. The members after `studio` are its details, which are loaded when it is shown.
 * @typedef {object} Operation
 * @property {string} id
 * @property {string} verb
 * @property {string} path
 * @property {string} summary
 * @property {string[]} other_summaries the summaries in other languages, for the search
 * @property {{url: string, title: string}} [page] its documentation
 * @property {string[]} [permissions]
 * @property {string} [deprecated]
 * @property {boolean} changes
 * @property {unknown} [studio] set if Coze Studio serves it
 * @property {string} [description]
 * @property {Param[]} [params]
 * @property {Body} [body]
 * @property {'empty' | 'binary' | 'events' | {data: Field} | {flat: string}} reply
 * @property {{union: string, switch: boolean}} [stream]
 * @property {object} [paging]
 */
/** @typedef {{operation: Operation, schemas: Schema[]}} Details */

/** @type {Map<string, Schema>} */
const schemas = new Map();
/** @type {Map<string, Operation>} */
const byId = new Map();

/** The ids of the operations whose details are loaded. @type {Set<string>} */
const detailed = new Set();

/**
 * Loads the list of operations, and returns them in order. Operations that were loaded before keep
 * their identity and get the new texts, because forms and results refer to them. Their details are
 * loaded again when they are shown.
 * @param {Operation[]} list
 */
export function loadList(list) {
  detailed.clear();
  for (const operation of list)
    byId.set(operation.id, Object.assign(byId.get(operation.id) ?? {}, operation));
  return [...byId.values()];
}

/** Adds the details of an operation. @param {Details} details */
export function addDetails({ operation, schemas: all }) {
  for (const schema of all) schemas.set(schema.name, schema);
  // The summaries in other languages and the mark of Coze Studio come from the list.
  const { other_summaries, studio } = byId.get(operation.id) ?? operation;
  byId.set(operation.id, Object.assign(byId.get(operation.id) ?? {}, operation, { other_summaries, studio }));
  detailed.add(operation.id);
}

/** Returns `true` if the details of an operation are loaded. @param {string} id */
export function hasDetails(id) {
  return detailed.has(id);
}

/** Returns the resource of an operation. @param {Operation} operation */
export function groupOf(operation) {
  return operation.id.split('.')[0];
}

/** Returns the parameters that a user can set. @param {Operation} operation */
export function paramsOf(operation) {
  return (operation.params ?? []).filter((each) => each.constant === undefined);
}

/** Returns `true` if an operation can stream events. @param {Operation} operation */
export function supportsStreaming(operation) {
  return operation.reply === 'events' || operation.stream !== undefined;
}

/** @param {Type | undefined} kind @returns {Shape | undefined} */
function shapeOf(kind) {
  return typeof kind === 'object' && 'named' in kind ? schemas.get(kind.named)?.shape : undefined;
}

/**
 * Returns the fields of an object, or of the objects in a list or map.
 * @param {Type} kind @returns {Field[]}
 */
export function fieldsOf(kind) {
  if (typeof kind === 'object' && 'list' in kind) return fieldsOf(kind.list);
  if (typeof kind === 'object' && 'map' in kind) return fieldsOf(kind.map);
  const shape = shapeOf(kind);
  return shape && 'struct' in shape ? shape.struct : [];
}

/** Returns the values of an enumeration. @param {Type | undefined} kind @returns {Variant[]} */
export function variantsOf(kind) {
  const shape = shapeOf(kind);
  if (shape && 'strings' in shape) return shape.strings;
  return shape && 'integers' in shape ? shape.integers : [];
}

/**
 * Returns the fields of the response, without the envelope.
 * @param {Operation} operation @returns {Field[]}
 */
export function replyOf({ reply }) {
  if (typeof reply !== 'object') return [];
  return 'data' in reply ? [reply.data] : fieldsOf({ named: reply.flat });
}

/** Returns the events of the stream. @param {Operation} operation @returns {ApiEvent[]} */
export function eventsOf(operation) {
  const shape = operation.stream && schemas.get(operation.stream.union)?.shape;
  return shape && 'events' in shape ? shape.events : [];
}

/**
 * @typedef {'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'map' | 'file'
 *   | 'json'} ControlKind
 */

/** Returns the kind of control for a type. @param {Type | undefined} kind @returns {ControlKind} */
export function controlKind(kind) {
  if (typeof kind === 'object') {
    if ('list' in kind) return 'array';
    if ('map' in kind) return 'map';
    const shape = shapeOf(kind);
    if (shape && 'strings' in shape) return 'string';
    if (shape && 'integers' in shape) return 'integer';
    return 'object';
  }
  switch (kind) {
    case 'string':
    case 'secret':
      return 'string';
    case 'int32':
    case 'int64':
      return 'integer';
    case 'double':
      return 'number';
    case 'boolean':
    case 'file':
      return kind;
    default:
      return 'json';
  }
}

/**
 * Returns the type of the items of a list or the values of a map.
 * @param {Type} kind @returns {Type}
 */
export function itemType(kind) {
  if (typeof kind !== 'object') return 'json';
  return 'list' in kind ? kind.list : 'map' in kind ? kind.map : 'json';
}

/** Formats a type, such as `array<string>`. @param {Type | undefined} kind @returns {string} */
export function typeLabel(kind) {
  if (typeof kind === 'object' && 'list' in kind) return `array<${typeLabel(kind.list)}>`;
  if (typeof kind === 'object' && 'map' in kind) return `map<${typeLabel(kind.map)}>`;
  return controlKind(kind);
}
