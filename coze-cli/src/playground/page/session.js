// The state of an operation's form and of its last run, which outlives the view.

import { makeCall, ServerError } from './api.js';
import { rememberChat } from './chats.js';
import { draftOf, saveDraft } from './drafts.js';
import { supportsStreaming } from './model.js';
import { sentOf } from './partial.js';
import { splitFiles } from './schema.js';

/** @typedef {import('./api.js').Line} Line */
/** @typedef {'idle' | 'running' | 'ok' | 'failed' | 'canceled'} Phase */
/**
 * Asks the user to confirm an operation, if needed. `demanded` is set if the server needs it.
 * @typedef {(operation: import('./model.js').Operation, values: Record<string, unknown>,
 *   options?: {note?: string, demanded?: boolean}) => Promise<'yes' | 'no' | 'unneeded'>} Confirm
 */

export class Session {
  /**
   * @param {import('./model.js').Operation} operation
   * @param {() => Record<string, unknown>} initial returns the values if there is no draft
   */
  constructor(operation, initial) {
    const draft = draftOf(operation.id);
    this.operation = operation;
    /** What the form shows: values, which may have partial input. */
    this.input = draft?.input ?? initial();
    /** `false` if the form is too large to be kept. */
    this.isKept = true;
    /** What a call sends. */
    this.values = sentOf(this.input);
    this.stream = draft?.stream ?? supportsStreaming(operation);
    this.asJson = draft?.asJson ?? false;
    /** The text of the JSON editor, if it is not the values. */
    this.text = draft?.text;
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

  /** Keeps the form for the next start. */
  keep() {
    const { input, stream, asJson, text } = this;
    this.isKept = saveDraft(this.operation, { input, stream, asJson, ...(text !== undefined && { text }) });
  }

  /** Replaces what the form shows. @param {Record<string, unknown>} input */
  replaceInput(input) {
    this.input = input;
    this.values = sentOf(input);
    this.keep();
  }

  /** Shows the events of an earlier run. @param {Line[]} lines */
  show(lines) {
    if (this.phase === 'running') return;
    this.lines = [];
    this.setPhase('running');
    for (const line of lines) this.addLine(line);
    this.setPhase(lines.some((line) => line.kind === 'error') ? 'failed' : 'ok');
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
      // The user is asked before files are sent.
      const answer = await confirm(this.operation, call.values);
      if (answer === 'no') this.abort.abort();
      else await this.send({ ...call, confirmed: answer === 'yes' }, files, confirm);
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
   * Sends a call. The server demands an answer if another tab has selected a real API meanwhile.
   * @param {import('./api.js').Call} call @param {Map<string, File>} files @param {Confirm} confirm
   * @returns {Promise<void>}
   */
  async send(call, files, confirm) {
    try {
      for await (const line of makeCall(call, files, this.abort.signal)) this.addLine(line);
    } catch (error) {
      if (!(error instanceof ServerError && error.needsConfirmation) || call.confirmed) throw error;
      if ((await confirm(this.operation, call.values, { demanded: true })) === 'yes')
        return this.send({ ...call, confirmed: true }, files, confirm);
      this.abort.abort();
    }
  }

  cancel() {
    if (this.phase === 'running') this.abort.abort();
  }

  /** @param {Line} line */
  addLine(line) {
    rememberChat(line);
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
