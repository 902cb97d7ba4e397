// Sound: a microphone or a file as pieces of 16-bit mono PCM at 24,000 Hz, and the playback of such
// pieces.

import { t } from './i18n.js';

/** The samples per second. */
export const RATE = 24_000;
/** The samples of a piece: 40 ms. */
const PIECE = 960;
const PIECE_MS = (PIECE / RATE) * 1000;
/** The time by which playback is late, so that pieces follow each other without gaps. */
const DELAY = 0.06;

/** @typedef {(piece: Int16Array<ArrayBuffer>) => void} OnPiece */
/**
 * A source of sound. `play` starts a recording, and `onPlayed` is called at its end.
 * @typedef {object} Source
 * @property {() => Promise<void>} open
 * @property {() => void} close
 * @property {() => void} [play]
 */

/** Returns the loudness of samples, from 0 to 1. @param {Int16Array | Float32Array} samples */
export function loudness(samples) {
  const full = samples instanceof Int16Array ? 32_768 : 1;
  let sum = 0;
  for (const sample of samples) sum += (sample / full) ** 2;
  return samples.length ? Math.sqrt(sum / samples.length) : 0;
}

/** Returns the text about a device that cannot be used. @param {unknown} error */
export function deviceMessage(error) {
  const name = error instanceof Error ? error.name : '';
  const known = /** @type {Record<string, string>} */ ({
    NotAllowedError: 'denied',
    SecurityError: 'denied',
    NotFoundError: 'missing',
    OverconstrainedError: 'missing',
    NotReadableError: 'busy',
    AbortError: 'busy',
    EncodingError: 'file',
  })[name];
  return known ? t(`talk.device.${known}`) : error instanceof Error ? error.message : String(error);
}

/** Opens a context, at a rate of its own if the browser can convert the microphone to it. */
async function openCapture(/** @type {MediaStream} */ stream) {
  for (const options of [{ sampleRate: RATE }, {}]) {
    const context = new AudioContext(options);
    try {
      const source = context.createMediaStreamSource(stream);
      await context.audioWorklet.addModule('/assets/worklet.js');
      return { context, source };
    } catch (error) {
      await context.close();
      if (!('sampleRate' in options)) throw error;
    }
  }
  throw new Error('unreachable');
}

/** The microphone of this machine. @implements {Source} */
export class Microphone {
  /** @param {OnPiece} onPiece @param {(error: Error) => void} onLost */
  constructor(onPiece, onLost) {
    this.onPiece = onPiece;
    this.onLost = onLost;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {AudioContext | null} */
    this.context = null;
    this.isClosed = false;
  }

  async open() {
    // Only secure pages have devices, which includes those of this machine.
    if (!navigator.mediaDevices) throw new Error(t('talk.device.insecure'));
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    this.stream = stream;
    if (this.isClosed) return this.close();
    for (const track of stream.getTracks())
      track.addEventListener('ended', () => this.onLost(new Error(t('talk.device.lost'))));
    const { context, source } = await openCapture(stream);
    this.context = context;
    if (this.isClosed) return this.close();
    const capture = new AudioWorkletNode(context, 'capture');
    capture.port.onmessage = ({ data }) => {
      if (!this.isClosed) this.onPiece(data);
    };
    // A node whose output goes nowhere may not run. This one is silent.
    source.connect(capture).connect(context.destination);
  }

  close() {
    this.isClosed = true;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.context?.state !== 'closed') void this.context?.close();
  }
}

/** A file in place of a microphone, which is silent unless it plays. @implements {Source} */
export class Recording {
  /** @param {File} file @param {OnPiece} onPiece @param {() => void} onPlayed called at the end */
  constructor(file, onPiece, onPlayed) {
    this.file = file;
    this.onPiece = onPiece;
    this.onPlayed = onPlayed;
    this.samples = new Int16Array();
    /** The next sample, or -1 while it is silent. */
    this.at = -1;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  async open() {
    const content = await this.file.arrayBuffer();
    // The browser converts the file to the rate of the context.
    const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(content);
    const channels = Array.from({ length: decoded.numberOfChannels }, (_, at) => decoded.getChannelData(at));
    this.samples = Int16Array.from({ length: decoded.length }, (_, at) => {
      const sum = channels.reduce((/** @type {number} */ all, channel) => all + channel[at], 0);
      return Math.max(-32_768, Math.min(32_767, Math.round((sum / channels.length) * 32_768)));
    });
    const start = performance.now();
    let sent = 0;
    this.timer = setInterval(() => {
      // Timers are late at times, and slow in hidden tabs.
      for (; sent * PIECE_MS < performance.now() - start; sent += 1) this.send();
    }, PIECE_MS);
  }

  send() {
    const piece = new Int16Array(PIECE);
    if (this.at >= 0) piece.set(this.samples.subarray(this.at, this.at + PIECE));
    this.onPiece(piece);
    if (this.at < 0) return;
    this.at += PIECE;
    if (this.at < this.samples.length) return;
    this.at = -1;
    this.onPlayed();
  }

  play() {
    this.at = 0;
  }

  get isPlaying() {
    return this.at >= 0;
  }

  close() {
    clearInterval(this.timer);
  }
}

/** Plays pieces one after the other, until they are dropped. */
export class Player {
  constructor() {
    this.context = new AudioContext({ sampleRate: RATE });
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 512;
    this.analyser.connect(this.context.destination);
    this.wave = new Float32Array(this.analyser.fftSize);
    /** The pieces that have not been heard completely. @type {Set<AudioBufferSourceNode>} */
    this.nodes = new Set();
    /** The time at which the next piece starts. */
    this.next = 0;
  }

  /** @param {ArrayBuffer} pcm */
  add(pcm) {
    const samples = new Int16Array(pcm, 0, Math.floor(pcm.byteLength / 2));
    if (!samples.length) return;
    const buffer = this.context.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32_768), 0);
    const node = this.context.createBufferSource();
    node.buffer = buffer;
    node.connect(this.analyser);
    node.addEventListener('ended', () => this.nodes.delete(node));
    this.next = Math.max(this.next, this.context.currentTime + DELAY);
    node.start(this.next);
    this.next += buffer.duration;
    this.nodes.add(node);
  }

  /** Stops at once, and forgets the pieces that were not heard. */
  drop() {
    for (const node of this.nodes) node.stop();
    this.nodes.clear();
    this.next = 0;
  }

  get isPlaying() {
    return this.nodes.size > 0;
  }

  /** Returns the loudness of what is heard now. */
  level() {
    this.analyser.getFloatTimeDomainData(this.wave);
    return loudness(this.wave);
  }

  close() {
    this.drop();
    void this.context.close();
  }
}
