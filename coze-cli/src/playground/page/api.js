// The local server: its answers as values, and calls as lines that arrive one by one.

import { t } from './i18n.js';
import { keyHeader } from './key.js';

/** @typedef {{backend: 'mock' | 'profile', profile: string | null, base_url: string, version: string, defaults: Record<string, string>}} State */
/** @typedef {{id: string, values: Record<string, unknown>, stream: boolean, confirmed?: boolean}} Call */
/** @typedef {{name: string, type: string, required: boolean, description: string}} Description */
/**
 * A value beside what the model says of it: a scalar has `text`, exactly as it came.
 * @typedef {{text?: string, members?: {name: string, known?: Description, value: Reading}[], items?: Reading[], missing?: Description[], unexpected?: string}} Reading
 */
/** @typedef {{rust: string, curl: string, python: string | null}} Samples */
/** @typedef {[name: string, value: string][]} Headers */
/** @typedef {{kind: 'request', method: string, url: string, headers: Headers, body: string | null}} RequestLine */
/** @typedef {{kind: 'head', status: number, headers: Headers, log_id: string | null, ms: number}} HeadLine */
/** @typedef {{kind: 'body', text: string, reading?: Reading | null}} BodyLine the body of a reply, as it came */
/** @typedef {{kind: 'event', event: string, id?: string, data: string, reading?: Reading | null, ms: number}} EventLine the data as it came */
/** @typedef {{kind: 'file', content_type: string, name: string, bytes: number, url: string}} FileLine */
/** @typedef {{kind: 'error', message: string, code?: number | null, status?: number | null, log_id?: string | null, hint?: string | null, body?: string | null}} ErrorLine */
/** @typedef {{kind: 'end', ms: number}} EndLine */
/** @typedef {RequestLine | HeadLine | BodyLine | EventLine | FileLine | ErrorLine | EndLine} Line what a call reports, as it happens */

/** The server refused: `message` says why. */
export class RefusedError extends Error {
  /** @param {string} message @param {number} status @param {boolean} needsConfirmation */
  constructor(message, status, needsConfirmation) {
    super(message);
    this.status = status;
    this.needsConfirmation = needsConfirmation;
  }
}

/** @param {Response} response */
async function refusal(response) {
  const text = await response.text();
  let answer = { message: text.slice(0, 500), needs_confirmation: false };
  try {
    answer = { ...answer, ...JSON.parse(text) };
  } catch {
    // Not JSON: the text is the message.
  }
  const message = answer.message || `HTTP ${response.status}`;
  return new RefusedError(
    message,
    response.status,
    response.status === 409 && answer.needs_confirmation,
  );
}

/** @param {string} path @param {{method?: string, headers?: Record<string, string>, body?: BodyInit, signal?: AbortSignal}} [options] */
async function request(path, options = {}) {
  const headers = { ...options.headers, ...keyHeader() };
  const response = await fetch(path, {
    credentials: 'omit',
    cache: 'no-store',
    ...options,
    headers,
  }).catch((error) => {
    // What a browser says of a server that is gone helps nobody.
    throw error instanceof TypeError ? new Error(t('server.gone')) : error;
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

/** @returns {Promise<State>} */
export async function fetchState() {
  return (await request('/api/state')).json();
}

/** @returns {Promise<import('./model.js').Api>} */
export async function fetchModel() {
  return (await request('/api/model')).json();
}

/** @param {Call} call @param {AbortSignal} signal @returns {Promise<Samples>} */
export async function fetchSamples(call, signal) {
  const headers = { 'content-type': 'application/json' };
  return (
    await request('/api/samples', { method: 'POST', headers, body: JSON.stringify(call), signal })
  ).json();
}

/**
 * Makes a call; its lines come as they happen. Aborting cancels the call.
 * @param {Call} call @param {Map<string, File>} files @param {AbortSignal} signal
 * @returns {AsyncGenerator<Line>}
 */
export async function* makeCall(call, files, signal) {
  const body = new FormData();
  body.append('call', JSON.stringify(call));
  for (const [name, file] of files) body.append(name, file, file.name);
  const response = await request('/api/call', { method: 'POST', body, signal });
  if (response.body) yield* lines(response.body);
}

/** The JSON values of a body that holds one a line. @param {ReadableStream<Uint8Array>} body */
async function* lines(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const complete = rest.split('\n');
    rest = complete.pop() ?? '';
    if (done && rest) complete.push(rest);
    for (const line of complete) if (line.trim()) yield JSON.parse(line);
    if (done) return;
  }
}
