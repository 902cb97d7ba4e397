// The calls to the server. Errors have the message of the platform.

import { readEvents } from './sse.js';

// Codes of the platform for tokens that are missing, expired or not accepted.
const AUTH_CODES = [401, 4100, 4101, 700012006];

const TIMEOUT = 10 * 60 * 1000;

/** An error of the server or of the platform. */
export class ApiError extends Error {
  /** @param {string} message @param {number} code @param {number} status */
  constructor(message, code, status) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }

  /** `true` if a token was refused: that of the page, or that of the server's program. */
  get isRefused() {
    return this.status === 401 || AUTH_CODES.includes(this.code);
  }

  /** `true` if the token of the page was refused. With HTTP 502 it is that of the program. */
  get isAuth() {
    return this.isRefused && this.status !== 502;
  }

  /** `true` if the platform lacks the call. Coze Studio itself refuses the token instead. */
  get isMissing() {
    return this.status === 501 || this.isAuth;
  }
}

/**
 * @typedef {object} Request
 * @property {string} [method]
 * @property {Record<string, string | number>} [query]
 * @property {unknown} [json]
 * @property {AbortSignal} [signal]
 */

/** Returns the members of a JSON object, or nothing. @param {string} text */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === 'object' ? value : null;
  } catch (_) {
    return null;
  }
}

/** Makes calls with the token of the page, if there is one. */
export class Api {
  /**
   * @param {{baseUrl: string, lang: string, auth: {hasToken: boolean, token: string,
   *   onRefreshToken?: ((old?: string) => string | Promise<string>) | undefined}}} settings
   * @param {{visitor?: string, fetch?: typeof fetch}} [environment]
   */
  constructor({ baseUrl, lang, auth }, { visitor = '', fetch: send } = {}) {
    this.baseUrl = baseUrl;
    this.language = lang === 'zh-CN' ? 'zh' : 'en';
    this.auth = auth;
    this.token = auth.token;
    this.visitor = visitor;
    this.send = send || ((...args) => fetch(...args));
    /** @type {Promise<string> | null} */
    this.refreshing = null;
  }

  /** Makes sure that there is a token, if the page uses tokens. */
  async start() {
    if (this.auth.hasToken && !this.token) await this.refresh();
    if (this.auth.hasToken && !this.token)
      throw new ApiError('onRefreshToken did not return a token', 401, 401);
  }

  /** Asks the page for another token, once for all calls that need it. */
  async refresh() {
    const { onRefreshToken } = this.auth;
    if (!onRefreshToken) return '';
    if (!this.refreshing) {
      this.refreshing = Promise.resolve(onRefreshToken(this.token))
        .then((token) => (this.token = token || ''))
        .finally(() => {
          this.refreshing = null;
        });
    }
    return this.refreshing;
  }

  headers() {
    return {
      'x-coze-widget': '1',
      'accept-language': this.language,
      ...(this.visitor ? { 'x-coze-visitor': this.visitor } : {}),
      ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
    };
  }

  /** @param {string} path @param {Record<string, string | number>} [query] */
  url(path, query = {}) {
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return `${this.baseUrl}${path}${pairs.length ? `?${pairs.join('&')}` : ''}`;
  }

  /** Makes a call, and again with another token if that was refused. @param {() => Promise<any>} call */
  async again(call) {
    const token = this.token;
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isAuth || !this.auth.onRefreshToken) throw error;
      // Another call may have renewed the token already.
      if (this.token === token) await this.refresh();
      return call();
    }
  }

  /** @param {string} path @param {Request} request @returns {Promise<Response>} */
  async open(path, { method, query, json, signal }) {
    const body = json === undefined ? null : JSON.stringify(json);
    const response = await this.send(this.url(path, query), {
      method: method || (body === null ? 'GET' : 'POST'),
      headers: { ...this.headers(), ...(body === null ? {} : { 'content-type': 'application/json' }) },
      body,
      ...(signal ? { signal } : {}),
    });
    if (response.ok) return response;
    throw await failure(response);
  }

  /** Returns the `data` of a response. @param {string} path @param {Request} [request] */
  call(path, request = {}) {
    return this.again(async () => {
      const { text, status } = await this.read(path, request);
      return checked(text, status);
    });
  }

  /**
   * Returns the whole response, whose `data` is next to other members.
   * @param {string} path @param {Request} request
   */
  whole(path, request) {
    return this.again(async () => {
      const { text, status } = await this.read(path, request);
      checked(text, status);
      return parse(text);
    });
  }

  /** Reads a response within the timeout. @param {string} path @param {Request} request */
  async read(path, request) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT);
    try {
      const response = await this.open(path, { signal: abort.signal, ...request });
      return { text: await response.text(), status: response.status };
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Streams events to a function, which returns true at the last one.
   * @param {string} path @param {Request} request
   * @param {(event: import('./sse.js').SentEvent) => boolean} handle
   */
  async stream(path, request, handle) {
    const response = await this.again(async () => {
      const opened = await this.open(path, request);
      const kind = opened.headers.get('content-type') || '';
      if (!kind.startsWith('text/event-stream')) {
        checked(await opened.text(), opened.status);
        throw new ApiError('the server did not stream', 502, opened.status);
      }
      return opened;
    });
    await readEvents(response, handle);
  }

  /** Returns a file, such as speech. @param {string} path @param {Request} request @returns {Promise<Blob>} */
  blob(path, request) {
    return this.again(async () => (await this.open(path, request)).blob());
  }

  /**
   * Sends a file and returns the `data` of the response.
   * @param {string} path @param {Blob} file @param {string} name
   * @param {{onProgress?: (share: number) => void, signal?: AbortSignal}} [options]
   */
  upload(path, file, name, { onProgress = () => {}, signal } = {}) {
    return this.again(
      () =>
        new Promise((resolve, reject) => {
          const form = new FormData();
          form.append('file', file, name);
          // Only this interface reports the progress of uploads.
          const request = new XMLHttpRequest();
          request.open('POST', this.url(path));
          for (const [header, value] of Object.entries(this.headers()))
            request.setRequestHeader(header, value);
          request.upload.onprogress = (event) => {
            if (event.lengthComputable && event.total) onProgress(event.loaded / event.total);
          };
          request.onerror = () => reject(new TypeError('network error'));
          request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
          request.onload = () => {
            try {
              resolve(checked(request.responseText, request.status));
            } catch (error) {
              reject(error);
            }
          };
          if (signal) signal.addEventListener('abort', () => request.abort());
          request.send(form);
        }),
    );
  }
}

/** Returns the error of a response. @param {Response} response */
async function failure(response) {
  try {
    checked(await response.text(), response.status);
  } catch (error) {
    return error;
  }
  return new ApiError(`HTTP ${response.status}`, response.status, response.status);
}

/**
 * Returns the `data` of a response, or throws its error.
 * @param {string} text @param {number} status @returns {any}
 */
function checked(text, status) {
  const body = parse(text);
  const code = body ? Number(body.code || 0) : 0;
  if (status >= 400 || code !== 0 || !body)
    throw new ApiError((body && body.msg) || `HTTP ${status}`, code || (status >= 400 ? status : 502), status);
  return body.data;
}
