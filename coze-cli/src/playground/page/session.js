// The state of an operation's form and of its last run, which outlives the view.

import { makeCall, ServerError } from './api.js';
import { supportsStreaming } from './model.js';
import { splitFiles } from './schema.js';

/** @typedef {import('./api.js').Line} Line */
/** @typedef {'idle' | 'running' | 'ok' | 'failed' | 'canceled'} Phase */
/**
 * Asks the user to confirm an operation.
 * @typedef {(operation: string, note?: string) => Promise<boolean>} Confirm
 */

export class Session {
  /** @param {import('./model.js').Operation} operation @param {Record<string, unknown>} values */
  constructor(operation, values) {
    this.operation = operation;
    this.values = values;
    this.stream = supportsStreaming(operation);
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
    this.started = 0;
  }

  /** Returns the call with the current values. */
  call() {
    const { files, plain } = splitFiles(this.values);
    return { call: { id: this.operation.id, values: plain, stream: this.stream }, files };
  }

  /** Runs the operation until it ends. @param {Confirm} confirm */
  async run(confirm) {
    if (this.phase === 'running') return;
    const { call, files } = this.call();
    this.started = performance.now();
    this.abort = new AbortController();
    this.lines = [];
    this.setPhase('running');
    try {
      await this.runConfirmed({ ...call, confirmed: false }, files, confirm);
    } catch (error) {
      if (!this.abort.signal.aborted)
        this.addLine({
          kind: 'error',
          message: error instanceof Error ? error.message : String(error),
          status: null,
        });
    }
    if (!this.lines.some((line) => line.kind === 'end'))
      this.addLine({ kind: 'end', ms: performance.now() - this.started });
    const failed = this.lines.some((line) => line.kind === 'error');
    this.setPhase(this.abort.signal.aborted ? 'canceled' : failed ? 'failed' : 'ok');
  }

  /**
   * @param {import('./api.js').Call} call @param {Map<string, File>} files @param {Confirm} confirm
   * @returns {Promise<void>}
   */
  async runConfirmed(call, files, confirm) {
    try {
      for await (const line of makeCall(call, files, this.abort.signal)) this.addLine(line);
    } catch (error) {
      if (!(error instanceof ServerError && error.needsConfirmation) || call.confirmed) throw error;
      if (await confirm(this.operation.id))
        return this.runConfirmed({ ...call, confirmed: true }, files, confirm);
      this.abort.abort();
    }
  }

  cancel() {
    if (this.phase === 'running') this.abort.abort();
  }

  /** @param {Line} line */
  addLine(line) {
    this.lines.push(line);
    this.onLine(line);
  }

  /** @param {Phase} phase */
  setPhase(phase) {
    this.phase = phase;
    this.onPhase();
  }

  /** Returns the size of the body of the last response, or `null` without one. */
  bytes() {
    const bodies = this.lines.filter((line) => line.kind === 'body');
    return bodies.length ? bodies.reduce((sum, { text }) => sum + new Blob([text]).size, 0) : null;
  }

  /** Returns the summary of the last run. */
  outcome() {
    const head = this.lines.findLast((line) => line.kind === 'head');
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
