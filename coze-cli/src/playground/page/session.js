// What a person has going on with one operation: the values of its form, and its last run. It outlives the view of it.

import { makeCall, RefusedError } from './api.js';
import { streams } from './model.js';
import { splitFiles } from './schema.js';

/** @typedef {import('./api.js').Line} Line */
/** @typedef {'idle' | 'running' | 'ok' | 'failed' | 'canceled'} Phase */
/** @typedef {(operation: string, note?: string) => Promise<boolean>} Confirm whether the person agrees to run an operation */

export class Session {
  /** @param {import('./model.js').Operation} operation @param {Record<string, unknown>} values */
  constructor(operation, values) {
    this.operation = operation;
    this.values = values;
    this.stream = streams(operation);
    this.asJson = false;
    this.tab = 'parameters';
    this.resultTab = 'reply';
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Phase} */
    this.phase = 'idle';
    /** @type {(line: Line) => void} */
    this.onLine = () => {};
    /** @type {() => void} */
    this.onPhase = () => {};
    this.abort = new AbortController();
  }

  /** The call as it would be made now. */
  call() {
    const { files, plain } = splitFiles(this.values);
    return { call: { id: this.operation.id, values: plain, stream: this.stream }, files };
  }

  /** Runs; the promise ends with the run. @param {Confirm} confirm */
  async run(confirm) {
    if (this.phase === 'running') return;
    const { call, files } = this.call();
    const started = performance.now();
    this.abort = new AbortController();
    this.lines = [];
    this.enter('running');
    try {
      await this.follow({ ...call, confirmed: false }, files, confirm);
    } catch (error) {
      if (!this.abort.signal.aborted)
        this.add({
          kind: 'error',
          message: error instanceof Error ? error.message : String(error),
          status: null,
        });
    }
    if (!this.lines.some((line) => line.kind === 'end'))
      this.add({ kind: 'end', ms: performance.now() - started });
    const failed = this.lines.some((line) => line.kind === 'error');
    this.enter(this.abort.signal.aborted ? 'canceled' : failed ? 'failed' : 'ok');
  }

  /** @param {import('./api.js').Call} call @param {Map<string, File>} files @param {Confirm} confirm @returns {Promise<void>} */
  async follow(call, files, confirm) {
    try {
      for await (const line of makeCall(call, files, this.abort.signal)) this.add(line);
    } catch (error) {
      if (!(error instanceof RefusedError && error.needsConfirmation) || call.confirmed)
        throw error;
      if (await confirm(this.operation.id))
        return this.follow({ ...call, confirmed: true }, files, confirm);
      this.abort.abort();
    }
  }

  cancel() {
    if (this.phase === 'running') this.abort.abort();
  }

  /** @param {Line} line */
  add(line) {
    this.lines.push(line);
    this.onLine(line);
  }

  /** @param {Phase} phase */
  enter(phase) {
    this.phase = phase;
    this.onPhase();
  }

  /** The result in numbers. */
  outcome() {
    const head = this.lines.find((line) => line.kind === 'head');
    const error = this.lines.find((line) => line.kind === 'error');
    const end = this.lines.find((line) => line.kind === 'end');
    return {
      status: head?.status ?? error?.status ?? null,
      ms: end?.ms ?? 0,
      logId: error?.log_id ?? head?.log_id ?? null,
      message: error ? `${error.code ? `${error.code}: ` : ''}${error.message}` : null,
    };
  }
}
