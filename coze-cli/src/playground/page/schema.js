// What a parameter says about its values.

/** @typedef {import('./api.js').Parameter} Parameter */

/** A type such as `array<string>`. @param {Parameter | undefined} parameter @returns {string} */
export function typeLabel(parameter) {
  if (!parameter) return 'json';
  if (parameter.type === 'array') return `array<${typeLabel(parameter.items)}>`;
  if (parameter.type === 'map') return `map<${typeLabel(parameter.values)}>`;
  return parameter.type;
}

/** Limits such as `1–100`. @param {Parameter} parameter */
export function limits(parameter) {
  /** @param {number | null | undefined} low @param {number | null | undefined} high */
  const range = (low, high) => {
    const [from, to] = [low ?? null, high ?? null];
    if (from !== null && to !== null) return from === to ? `${from}` : `${from}–${to}`;
    if (from !== null) return `≥ ${from}`;
    return to !== null ? `≤ ${to}` : '';
  };
  return {
    value: range(parameter.minimum, parameter.maximum),
    length: range(parameter.min_length, parameter.max_length),
    items: range(parameter.min_items, parameter.max_items),
  };
}

const SECRET_NAME = /token|secret|password|authorization|api_?key|credential/i;

/**
 * The values without secrets and files: what may be kept. Where the schema says nothing, the name decides.
 * @param {Parameter[]} parameters @param {Record<string, any>} values
 */
export function withoutSecrets(parameters, values) {
  /** @type {Record<string, any>} */
  const kept = {};
  for (const [name, value] of Object.entries(values)) {
    const parameter = parameters.find((each) => each.name === name);
    const hidden = parameter ? parameter.secret || parameter.type === 'file' : SECRET_NAME.test(name);
    if (!hidden) kept[name] = withoutSecret(parameter, value);
  }
  return kept;
}

/** @param {Parameter | undefined} parameter @param {any} value @returns {any} */
function withoutSecret(parameter, value) {
  if (Array.isArray(value)) return value.map((each) => withoutSecret(parameter?.items, each));
  if (typeof value !== 'object' || value === null) return value;
  return withoutSecrets(parameter?.properties ?? [], value);
}

const POSITION = /^(?:page_token|cursor)$/;

/**
 * The example of an operation. A list starts at its beginning; a file gets a small file of its own.
 * @param {import('./api.js').Operation} operation
 */
export function exampleOf(operation) {
  /** @type {Record<string, any>} */
  const values = {};
  for (const parameter of operation.parameters) {
    const { name, required } = parameter;
    const value = operation.example[name] ?? parameter.example ?? undefined;
    if (operation.paged && !required && POSITION.test(name)) continue;
    if (parameter.type !== 'file') {
      if (value !== undefined) values[name] = value;
    } else if (value !== undefined || required) {
      values[name] = new File([typeof value === 'string' ? value : 'An example.\n'], 'example.txt', { type: 'text/plain' });
    }
  }
  return values;
}

/** Files apart from what JSON can hold. @param {Record<string, any>} values */
export function splitFiles(values) {
  /** @type {Map<string, File>} */
  const files = new Map();
  /** @type {Record<string, any>} */
  const plain = {};
  for (const [name, value] of Object.entries(values)) {
    if (value instanceof File) files.set(name, value);
    else plain[name] = value;
  }
  return { files, plain };
}
