// Runs beside the page, in the thread of the audio: turns the sound of the microphone into pieces
// of 16-bit PCM.

/** The samples per second of the pieces. */
const RATE = 24_000;
/** The samples of a piece: 40 ms. */
const PIECE = 960;

/**
 * The globals of this thread.
 * @typedef {object} Scope
 * @property {number} sampleRate
 * @property {new () => {port: MessagePort}} AudioWorkletProcessor
 * @property {(name: string, processor: unknown) => void} registerProcessor
 */
const scope = /** @type {Scope} */ (/** @type {unknown} */ (globalThis));

class Capture extends scope.AudioWorkletProcessor {
  constructor() {
    super();
    /** The number of samples of the microphone for one of a piece. */
    this.ratio = scope.sampleRate / RATE;
    /** The part of the next sample that has arrived, and its sum. */
    this.filled = 0;
    this.sum = 0;
    this.piece = new Int16Array(PIECE);
    this.length = 0;
  }

  /** @param {Float32Array[][]} inputs */
  process([channels]) {
    const [first] = channels ?? [];
    for (let at = 0; at < (first?.length ?? 0); at += 1) {
      let sample = 0;
      for (const channel of channels) sample += channel[at] / channels.length;
      this.add(sample);
    }
    return true;
  }

  /** Adds a sample of the microphone, as a share of those of the piece. @param {number} sample */
  add(sample) {
    for (let rest = 1; rest > 1e-9; ) {
      const share = Math.min(rest, this.ratio - this.filled);
      this.sum += sample * share;
      this.filled += share;
      rest -= share;
      if (this.filled < this.ratio - 1e-9) continue;
      this.emit(this.sum / this.ratio);
      this.filled = this.sum = 0;
    }
  }

  /** @param {number} sample */
  emit(sample) {
    this.piece[this.length] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
    this.length += 1;
    if (this.length < PIECE) return;
    this.port.postMessage(this.piece, [this.piece.buffer]);
    this.piece = new Int16Array(PIECE);
    this.length = 0;
  }
}

scope.registerProcessor('capture', Capture);
