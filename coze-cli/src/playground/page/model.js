// The API as the local server describes it: the types of its JSON, and questions that several views ask of it.

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
/** @typedef {Field & {place: 'path' | 'header' | 'body' | 'part' | {query: {explode: boolean}}, constant?: string, example?: unknown}} Param */
/** @typedef {{wire: string, description: string, data?: string, ends?: boolean}} ApiEvent */
/** @typedef {{value: string | number, description?: string}} Variant */
/** @typedef {{struct: Field[]} | {strings: Variant[]} | {integers: Variant[]} | {events: ApiEvent[]} | {commands: ApiEvent[]}} Shape */
/** @typedef {{name: string, description: string, shape: Shape}} Schema */
/**
 * @typedef {object} Operation
 * @property {string} id
 * @property {string} verb
 * @property {string} path
 * @property {string} summary
 * @property {string} [description]
 * @property {{url: string, title: string}} [page] its documentation
 * @property {string[]} [permissions]
 * @property {string} [deprecated]
 * @property {boolean} changes
 * @property {Param[]} [params]
 * @property {{media: 'json' | 'multipart', required: boolean, example: Record<string, unknown>}} [body]
 * @property {'empty' | 'binary' | 'events' | {data: Field} | {flat: string}} reply
 * @property {{union: string, switch: boolean}} [stream]
 * @property {object} [paging]
 */
/** @typedef {{operations?: Operation[], children?: Group[]}} Group */
/** @typedef {{name: string, group: Group, schemas?: Schema[]}} Resource */
/** @typedef {{resources: Resource[], envelope: Field[], shared?: Schema[]}} Api */

/** @type {Map<string, Schema>} */
const schemas = new Map();
/** @type {Map<string, Operation>} */
const byId = new Map();

/** Takes over the model, and returns its operations in reading order. @param {Api} api */
export function useModel(api) {
  for (const schema of [
    ...api.resources.flatMap((each) => each.schemas ?? []),
    ...(api.shared ?? []),
  ])
    schemas.set(schema.name, schema);
  for (const operation of api.resources.flatMap(({ group }) => operationsOf(group)))
    byId.set(operation.id, operation);
  return [...byId.values()];
}

/** @param {Group} group @returns {Operation[]} */
function operationsOf({ operations = [], children = [] }) {
  return [...operations, ...children.flatMap(operationsOf)];
}

/** The resource that an operation belongs to. @param {Operation} operation */
export function groupOf(operation) {
  return operation.id.split('.')[0];
}

/** The parameters that a person can set. @param {Operation} operation */
export function paramsOf(operation) {
  return (operation.params ?? []).filter((each) => each.constant === undefined);
}

/** Whether it can answer with events. @param {Operation} operation */
export function streams(operation) {
  return operation.reply === 'events' || operation.stream !== undefined;
}

/** @param {Type | undefined} kind @returns {Shape | undefined} */
function shapeOf(kind) {
  return typeof kind === 'object' && 'named' in kind ? schemas.get(kind.named)?.shape : undefined;
}

/** The fields of an object; of a list or map those of the objects inside. @param {Type} kind @returns {Field[]} */
export function fieldsOf(kind) {
  if (typeof kind === 'object' && 'list' in kind) return fieldsOf(kind.list);
  if (typeof kind === 'object' && 'map' in kind) return fieldsOf(kind.map);
  const shape = shapeOf(kind);
  return shape && 'struct' in shape ? shape.struct : [];
}

/** The listed values of an enumeration. @param {Type | undefined} kind @returns {Variant[]} */
export function variantsOf(kind) {
  const shape = shapeOf(kind);
  if (shape && 'strings' in shape) return shape.strings;
  return shape && 'integers' in shape ? shape.integers : [];
}

/** The fields of the reply beside the envelope. @param {Operation} operation @returns {Field[]} */
export function replyOf({ reply }) {
  if (typeof reply !== 'object') return [];
  return 'data' in reply ? [reply.data] : fieldsOf({ named: reply.flat });
}

/** The events of the stream. @param {Operation} operation @returns {ApiEvent[]} */
export function eventsOf(operation) {
  const shape = operation.stream && schemas.get(operation.stream.union)?.shape;
  return shape && 'events' in shape ? shape.events : [];
}

/** What kind of control a value needs. @param {Type | undefined} kind @returns {'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'map' | 'file' | 'json'} */
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

/** A type such as `array<string>`. @param {Type | undefined} kind @returns {string} */
export function typeLabel(kind) {
  if (typeof kind === 'object' && 'list' in kind) return `array<${typeLabel(kind.list)}>`;
  if (typeof kind === 'object' && 'map' in kind) return `map<${typeLabel(kind.map)}>`;
  return controlKind(kind);
}
