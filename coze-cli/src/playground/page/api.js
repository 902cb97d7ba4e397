// The API of the local server.

import { language, t } from './i18n.js';
import { parseExact, stringifyExact } from './json.js';
import { keyHeader, keyProtocol } from './key.js';

/**
 * @typedef {object} State
 * @property {'mock' | 'profile'} backend
 * @property {string} target the name of the API for the server
 * @property {string | null} profile
 * @property {string} base_url
 * @property {'cloud' | 'studio'} platform
 * @property {string} version
 * @property {Record<string, string>} defaults
 * @property {{name: string, base_url: string}[]} profiles
 * @property {boolean} entered true if calls use the token that the user has entered
 * @property {string | null} entered_url the address of its API, if one was entered
 * @property {boolean} environment true if the command or its environment names a real API
 * @property {string[]} faults the faults of the mock
 */
/** @typedef {{values: Record<string, unknown>, responses: string[]}} StoredValues */
/**
 * @typedef {object} Call
 * @property {string} id the id of the operation
 * @property {Record<string, unknown>} values
 * @property {boolean} stream
 * @property {boolean} [confirmed]
 * @property {string | undefined} [scenario] the job that samples do
 */
/** @typedef {{name: string, type: string, required: boolean, description: string}} FieldDoc */
/**
 * A JSON value with annotations from the model.
 * @typedef {object} AnnotatedValue
 * @property {string} [text] the unchanged text of a scalar
 * @property {{name: string, known?: FieldDoc, value: AnnotatedValue}[]} [members]
 * @property {AnnotatedValue[]} [items]
 * @property {FieldDoc[]} [missing] fields of the model that the object lacks
 * @property {string} [unexpected] the mismatch between the value and its type in the model
 */
/** @typedef {'rust' | 'curl' | 'python' | 'javascript' | 'java' | 'go'} Language */
/**
 * The programs by language; the reasons for those that are missing; and the job that they do.
 * @typedef {{[name in Language]?: string} & {missing: {[name in Language]?: string},
 *   scenario: string | null, scenarios: {id: string | null, title: string}[]}} Samples
 */
/** @typedef {[name: string, value: string][]} Headers */
/**
 * @typedef {object} RequestLine
 * @property {'request'} kind
 * @property {string} method
 * @property {string} url
 * @property {Headers} headers
 * @property {string | null} body
 */
/**
 * @typedef {object} HeadLine
 * @property {'head'} kind
 * @property {number} status
 * @property {Headers} headers
 * @property {string | null} log_id
 * @property {number} ms
 */
/**
 * @typedef {object} BodyLine
 * @property {'body'} kind
 * @property {string} text the unchanged body of the response
 * @property {string | null} [base64] the bytes of the body if they are not valid UTF-8
 * @property {boolean} [too_long] true if it is too long to be annotated
 * @property {AnnotatedValue | null} [annotated]
 */
/**
 * @typedef {object} EventLine
 * @property {'event'} kind
 * @property {string} event the name of the event
 * @property {string} [id]
 * @property {string} data the unchanged data
 * @property {string} [raw] the frame as it came, with the lines before it that belong to no event
 * @property {string | null} [base64] the bytes of the frame if they are not valid UTF-8
 * @property {boolean} [new] true if the model does not describe the event
 * @property {boolean} [too_long] true if the data is too long to be annotated
 * @property {AnnotatedValue | null} [annotated]
 * @property {number} ms
 */
/**
 * @typedef {object} FileLine
 * @property {'file'} kind
 * @property {string} content_type
 * @property {string} name
 * @property {number} bytes
 * @property {string} url
 */
/**
 * @typedef {object} ErrorLine
 * @property {'error'} kind
 * @property {string} message
 * @property {number | null} [code]
 * @property {number | null} [status]
 * @property {string | null} [log_id]
 * @property {string | null} [hint]
 * @property {string | null} [body]
 * @property {string | null} [doc] the page of the platform about the error
 */
/** @typedef {{kind: 'end', ms: number}} EndLine */
/**
 * An event of a call.
 * @typedef {RequestLine | HeadLine | BodyLine | EventLine | FileLine | ErrorLine | EndLine} Line
 */

/** An error response of the local server. */
export class ServerError extends Error {
  /** @param {string} message @param {number} status @param {boolean} needsConfirmation */
  constructor(message, status, needsConfirmation) {
    super(message);
    this.status = status;
    this.needsConfirmation = needsConfirmation;
  }
}

/** The name of the API that the page shows. */
let target = '';
let targetChanged = () => {};

/**
 * Names the API that the page shows. The server rejects calls if another tab has switched it.
 * @param {string} name @param {() => void} changed called after the server has rejected a request
 */
export function showsTarget(name, changed) {
  target = name;
  targetChanged = changed;
}

/** Converts an error response. @param {Response} response */
async function toError(response) {
  const text = await response.text();
  let body = { message: text.slice(0, 500), needs_confirmation: false, target_changed: false };
  try {
    body = { ...body, ...JSON.parse(text) };
  } catch {
    // The body is not JSON, so its text is the message.
  }
  if (body.target_changed) targetChanged();
  const message = body.message || `HTTP ${response.status}`;
  return new ServerError(
    message,
    response.status,
    response.status === 409 && body.needs_confirmation,
  );
}

/** @param {string} path @param {RequestInit & {headers?: Record<string, string>}} [options] */
async function request(path, options = {}) {
  // The texts of the response are in the language of the page.
  const acceptLanguage = { 'accept-language': language() === 'zh' ? 'zh-CN' : 'en' };
  const shown = target ? { 'x-coze-target': target } : {};
  const headers = { ...options.headers, ...acceptLanguage, ...shown, ...keyHeader() };
  const response = await fetch(path, {
    credentials: 'omit',
    cache: 'no-store',
    ...options,
    headers,
  }).catch((error) => {
    // The browser's message for a stopped server is not helpful.
    throw error instanceof TypeError ? new Error(t('server.gone')) : error;
  });
  if (!response.ok) throw await toError(response);
  return response;
}

/** @returns {Promise<State>} */
export async function fetchState() {
  return (await request('/api/state')).json();
}

/**
 * Selects the API that calls go to.
 * @param {'mock' | 'environment' | 'entered' | {profile: string}} source @returns {Promise<State>}
 */
export async function selectTarget(source) {
  return (await request('/api/target', { method: 'PUT', body: JSON.stringify(source) })).json();
}

/**
 * Hands a token to the server, and selects its API.
 * @param {{token: string, base_url: string, platform: string, profile: string | null}} account
 * @returns {Promise<State>}
 */
export async function enterToken(account) {
  return (await request('/api/token', { method: 'POST', body: JSON.stringify(account) })).json();
}

/** Lets the server forget the token that was entered. @returns {Promise<State>} */
export async function forgetToken() {
  return (await request('/api/token', { method: 'DELETE' })).json();
}

/** Replaces the mock by a new one. @returns {Promise<State>} */
export async function resetMock() {
  return (await request('/api/mock', { method: 'PUT' })).json();
}

/** Replaces the faults of the mock. @param {string[]} faults @returns {Promise<State>} */
export async function setFaults(faults) {
  return (await request('/api/mock/faults', { method: 'PUT', body: JSON.stringify(faults) })).json();
}

/** Returns everything that is kept. @returns {Promise<StoredValues>} */
export async function fetchKept() {
  return /** @type {StoredValues} */ (parseExact(await (await request('/api/kept')).text()));
}

/** Returns a kept value as JSON. @param {string} name */
export async function fetchKeptText(name) {
  return (await request(`/api/kept/${encodeURIComponent(name)}`)).text();
}

/**
 * A preview of the chat widget with options, or of a card.
 * @typedef {object} PreviewRequest
 * @property {{bot_id: string} | {app_id: string, workflow_id: string}} [agent]
 * @property {unknown} [options]
 * @property {{json: string, lang: string, theme: string, readonly: boolean,
 *   calls: string[]}} [card]
 * @property {string} [voice] the voice in which answers are read aloud
 * @property {boolean} [confirmed]
 */
/** @typedef {{id: string, url: string}} Preview */

/** @param {PreviewRequest} preview @returns {Promise<Preview>} */
export async function createPreview(preview) {
  return (await request('/api/previews', { method: 'POST', body: JSON.stringify(preview) })).json();
}

/** @param {string} id */
export async function deletePreview(id) {
  await request(`/api/previews/${encodeURIComponent(id)}`, { method: 'DELETE', keepalive: true });
}

/** Opens the connection of a voice chat. */
export function openRealtime() {
  const lang = language() === 'zh' ? 'zh-CN' : 'en';
  const query = new URLSearchParams({ lang, target });
  const url = `${location.origin.replace(/^http/, 'ws')}/api/realtime?${query}`;
  return new WebSocket(url, ['coze-playground', keyProtocol()]);
}

/** The maximum length of a body that a browser sends after the page has been left. */
const MAX_KEEPALIVE = 30_000;

/** Keeps a value, as JSON. @param {string} name @param {string | Blob} body @param {boolean} leaving */
export async function putKept(name, body, leaving) {
  const keepalive = leaving && typeof body === 'string' && body.length < MAX_KEEPALIVE;
  await request(`/api/kept/${encodeURIComponent(name)}`, { method: 'PUT', body, keepalive });
}

/** @param {string} name */
export async function deleteKept(name) {
  await request(`/api/kept/${encodeURIComponent(name)}`, { method: 'DELETE' });
}

/** @returns {Promise<import('./model.js').Operation[]>} */
export async function fetchOperations() {
  return (await request('/api/operations')).json();
}

/** @param {string} id @returns {Promise<import('./model.js').Details>} */
export async function fetchDetails(id) {
  return (await request(`/api/operations/${encodeURIComponent(id)}`)).json();
}

/** Returns the descriptions of the operations and their parameters. @returns {Promise<Record<string, string>>} */
export async function fetchSearchTexts() {
  return (await request('/api/search-texts')).json();
}

/** @param {Call} call @param {AbortSignal} signal @returns {Promise<Samples>} */
export async function fetchSamples(call, signal) {
  const headers = { 'content-type': 'application/json' };
  return (
    await request('/api/samples', { method: 'POST', headers, body: stringifyExact(call), signal })
  ).json();
}

/**
 * The response of a run that an export replays.
 * @typedef {{body: string} | {events: [name: string, data: string][]}} Recorded
 */
/** @typedef {{curl: string, http: string, coze: string, test: string}} Exports */

/** @param {Call} call @param {Recorded | null} recorded @returns {Promise<Exports>} */
export async function fetchExports(call, recorded) {
  const headers = { 'content-type': 'application/json' };
  const body = stringifyExact({ ...call, recorded });
  return (await request('/api/exports', { method: 'POST', headers, body })).json();
}

/**
 * Makes a call and yields its events. Aborting cancels the call.
 * @param {Call} call @param {Map<string, File>} files @param {AbortSignal} signal
 * @returns {AsyncGenerator<Line>}
 */
export async function* makeCall(call, files, signal) {
  const body = new FormData();
  body.append('call', stringifyExact(call));
  for (const [name, file] of files) body.append(name, file, file.name);
  const response = await request('/api/call', { method: 'POST', body, signal });
  if (response.body) yield* lines(response.body);
}

/**
 * Yields the JSON values of a body with one value per line.
 * @param {ReadableStream<Uint8Array>} body
 */
async function* lines(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  // A line of many megabytes arrives in many parts, which are searched and joined only once.
  /** @type {string[]} */
  let parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    const text = done ? decoder.decode() : decoder.decode(value, { stream: true });
    const [first, ...complete] = text.split('\n');
    parts.push(first);
    for (const next of complete) {
      const line = parts.join('');
      parts = [next];
      if (line.trim()) yield JSON.parse(line);
    }
    if (!done) continue;
    const last = parts.join('');
    if (last.trim()) yield JSON.parse(last);
    return;
  }
}
