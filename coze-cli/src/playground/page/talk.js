// A voice chat: the connection to the local server, and what both sides say.

import { openRealtime } from './api.js';
import { t } from './i18n.js';
import { listAt, parseJson, textAt, valueAt } from './json.js';
import { deviceMessage, loudness, Microphone, Player, Recording } from './sound.js';

/** The loudness above which the user counts as speaking, for the measurement of the latency. */
const LOUD = 0.012;

/** @typedef {'idle' | 'connecting' | 'live' | 'ended'} Phase */
/**
 * What one side has said, or a note about an error.
 * @typedef {{side: 'user' | 'bot' | 'note', text: string, isDone: boolean,
 *   isInterrupted: boolean}} Caption
 */
/**
 * The milliseconds from the moment at which the end of the user's turn was known to the first audio
 * of the bot, and from the end of the user's speech, if there was any.
 * @typedef {{known: number, speech: number | null}} Latency
 */
/** A call of a tool that waits for its output. @typedef {{id: string, name: string, args: string}} ToolCall */
/**
 * @typedef {object} TalkSettings
 * @property {string} bot
 * @property {string} voice
 * @property {string} workflow
 * @property {string} conversation
 * @property {string} user
 * @property {string} detection the kind of the detection of turns
 * @property {boolean} vad `true` if the server detects when the user speaks
 * @property {boolean} muted
 * @property {boolean} prologue
 * @property {string} opening the opening words in place of those of the bot
 * @property {File | null} file the recording in place of the microphone
 * @property {boolean} confirmed
 */

export class Talk {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {Phase} */
    this.phase = 'idle';
    this.problem = '';
    /** @type {Caption[]} */
    this.captions = [];
    /** @type {string[]} */
    this.suggestions = [];
    /** @type {Latency | null} */
    this.latency = null;
    this.conversation = '';
    this.isMuted = false;
    /** `true` while the user holds the button. */
    this.isHeld = false;
    /** `true` while the server hears speech. */
    this.isHeard = false;
    this.inputLevel = 0;
    /** @type {{chat: string, calls: ToolCall[]}} */
    this.pending = { chat: '', calls: [] };
    /** @type {TalkSettings | null} */
    this.settings = null;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Microphone | Recording | null} */
    this.source = null;
    /** @type {Player | null} */
    this.player = null;
    this.forgetTurn();
  }

  forgetTurn() {
    /** The running chat. */
    this.chat = '';
    /** `true` until the next chat, while audio of an interrupted one may still arrive. */
    this.isDropping = false;
    this.lastLoud = 0;
    /** The moment at which the end of the speech was known, until the bot answers. */
    this.heardAt = 0;
    /** `true` if the user has spoken since the button was pressed. */
    this.hasAudio = false;
  }

  /** @param {TalkSettings} settings */
  async start(settings) {
    this.stop('idle');
    Object.assign(this, { settings, problem: '', captions: [], suggestions: [], latency: null, conversation: '' });
    this.pending = { chat: '', calls: [] };
    this.phase = 'connecting';
    this.forgetTurn();
    this.onChange();
    const onPiece = (/** @type {Int16Array<ArrayBuffer>} */ piece) => this.send(piece);
    const source = settings.file
      ? new Recording(settings.file, onPiece, () => this.played())
      : new Microphone(onPiece, (error) => this.fail(error.message));
    this.source = source;
    this.player = new Player();
    try {
      await source.open();
    } catch (error) {
      if (this.source === source) this.fail(deviceMessage(error));
      return;
    }
    if (this.source === source) this.connect(settings);
  }

  /** @param {TalkSettings} settings */
  connect(settings) {
    const socket = openRealtime();
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    const own = (/** @type {(event: any) => void} */ act) => (/** @type {any} */ event) => {
      if (this.socket === socket) act(event);
    };
    const start = {
      kind: 'start',
      bot_id: settings.bot,
      voice_id: settings.voice,
      workflow_id: settings.workflow,
      conversation_id: settings.conversation,
      user_id: settings.user,
      turn_detection: settings.detection,
      prologue: settings.prologue,
      prologue_content: settings.opening,
      confirmed: settings.confirmed,
    };
    socket.onopen = own(() => socket.send(JSON.stringify(start)));
    socket.onmessage = own(({ data }) => (typeof data === 'string' ? this.receive(data) : this.hear(data)));
    socket.onclose = own(({ wasClean }) => {
      if (!wasClean && !this.problem) this.problem = t('server.gone');
      this.stop('ended');
    });
  }

  /** @param {string} message */
  fail(message) {
    this.problem = message;
    this.stop('ended');
  }

  /** Ends the chat, whatever its state is. @param {Phase} phase */
  stop(phase) {
    const { socket } = this;
    this.socket = null;
    socket?.close(1000);
    this.source?.close();
    this.source = null;
    this.player?.close();
    this.player = null;
    this.isHeld = this.isHeard = this.isMuted = false;
    this.inputLevel = 0;
    this.phase = phase;
    this.onChange();
  }

  get isLive() {
    return this.phase === 'live';
  }

  /** @param {Record<string, unknown>} command */
  command(command) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(command));
  }

  /** Sends a piece of what the user says. @param {Int16Array<ArrayBuffer>} piece */
  send(piece) {
    const isOpen = this.isLive && !this.isMuted && (this.settings?.vad || this.isHeld);
    this.inputLevel = this.isMuted ? 0 : loudness(piece);
    if (!this.isLive || !this.socket) return;
    if (isOpen && this.inputLevel > LOUD) this.lastLoud = performance.now();
    // The server detects the end of speech by silence, which a muted microphone sends.
    if (!isOpen && !this.settings?.vad) return;
    this.hasAudio ||= isOpen === true;
    this.socket.send(isOpen ? piece : new Int16Array(piece.length));
  }

  /** @param {boolean} isMuted */
  mute(isMuted) {
    this.isMuted = isMuted;
    this.onChange();
  }

  /** The user presses the button, which interrupts the bot. */
  hold() {
    if (!this.isLive || this.isHeld) return;
    if (this.isBusy) this.interrupt();
    this.isHeld = true;
    this.hasAudio = false;
    if (this.source instanceof Recording) this.source.play();
    this.onChange();
  }

  /** The user has finished speaking. */
  release() {
    // A recording is sent to its end.
    if (!this.isHeld || (this.source instanceof Recording && this.source.isPlaying)) return;
    this.isHeld = false;
    if (this.hasAudio) {
      this.heardAt = performance.now();
      this.command({ kind: 'complete' });
    }
    this.onChange();
  }

  /** The recording has ended. */
  played() {
    if (!this.settings?.vad) this.release();
    this.onChange();
  }

  play() {
    if (this.source instanceof Recording) this.source.play();
  }

  /** Returns `true` while the bot speaks or prepares to. */
  get isBusy() {
    return this.chat !== '' || this.player?.isPlaying === true;
  }

  /** Interrupts the bot. */
  interrupt() {
    if (this.chat) this.command({ kind: 'cancel' });
    this.dropAudio();
    this.onChange();
  }

  dropAudio() {
    this.player?.drop();
    this.isDropping = true;
  }

  /** Sends a message that is not spoken. @param {string} text */
  write(text) {
    if (!this.isLive) return;
    this.dropAudio();
    this.captions.push({ side: 'user', text, isDone: true, isInterrupted: false });
    this.suggestions = [];
    this.lastLoud = 0;
    this.heardAt = performance.now();
    this.command({ kind: 'text', text });
    this.onChange();
  }

  /** @param {Record<string, string>} outputs by the id of the call */
  submit(outputs) {
    this.command({ kind: 'outputs', chat_id: this.pending.chat, outputs });
    this.pending = { chat: '', calls: [] };
    this.onChange();
  }

  /** Plays a piece of what the bot says. @param {ArrayBuffer} audio */
  hear(audio) {
    if (this.isDropping) return;
    if (this.heardAt) {
      const now = performance.now();
      const speech = this.lastLoud ? now - this.lastLoud : null;
      this.latency = { known: now - this.heardAt, speech };
      this.heardAt = this.lastLoud = 0;
      this.onChange();
    }
    this.player?.add(audio);
  }

  /** @param {string} text a line of the server */
  receive(text) {
    const line = parseJson(text);
    const kind = textAt(line, 'kind');
    if (kind === 'open') {
      this.phase = 'live';
      this.isMuted = this.settings?.muted === true;
      if (this.settings?.vad) this.play();
    } else if (kind === 'error') this.note(textAt(line, 'message'));
    else if (kind === 'event') this.take(textAt(line, 'event'), line);
    this.onChange();
  }

  /** @param {string} text */
  note(text) {
    if (this.phase === 'connecting') this.problem = text;
    else this.captions.push({ side: 'note', text, isDone: true, isInterrupted: false });
  }

  /** Returns the caption of a side that is not complete, or a new one. @param {'user' | 'bot'} side */
  current(side) {
    const open = this.captions.findLast((each) => each.side === side && !each.isDone);
    if (open) return open;
    /** @type {Caption} */
    const caption = { side, text: '', isDone: false, isInterrupted: false };
    this.captions.push(caption);
    return caption;
  }

  /** Completes the caption of the bot. @param {boolean} isInterrupted */
  completeAnswer(isInterrupted) {
    const open = this.captions.findLast((each) => each.side === 'bot' && !each.isDone);
    if (open) Object.assign(open, { isDone: true, isInterrupted });
    this.chat = '';
  }

  /** Takes an event of the channel. @param {string} name @param {unknown} line */
  take(name, line) {
    const data = valueAt(line, 'data');
    switch (name) {
      case 'chat.updated':
        this.conversation = textAt(data, 'chat_config', 'conversation_id');
        break;
      case 'input_audio_buffer.speech_started':
        this.isHeard = true;
        this.suggestions = [];
        // The user interrupts the bot, whose answer to the turn before is not awaited any more.
        this.dropAudio();
        this.heardAt = 0;
        break;
      case 'input_audio_buffer.speech_stopped':
        this.isHeard = false;
        this.heardAt = performance.now();
        break;
      case 'conversation.audio_transcript.update':
        this.current('user').text = textAt(data, 'content');
        break;
      case 'conversation.audio_transcript.completed':
        Object.assign(this.current('user'), { text: textAt(data, 'content'), isDone: true });
        break;
      case 'conversation.audio.sentence_start':
        // The greeting does not belong to a message.
        if (!this.chat && !this.isDropping) this.current('bot').text += `${textAt(data, 'text')} `;
        break;
      case 'conversation.audio.completed':
        if (!this.chat) this.completeAnswer(false);
        break;
      default:
        this.takeChat(name, data, line);
    }
  }

  /** Takes an event of a chat. @param {string} name @param {unknown} data @param {unknown} line */
  takeChat(name, data, line) {
    switch (name) {
      case 'conversation.chat.created':
        this.completeAnswer(true);
        this.chat = textAt(data, 'id');
        this.isDropping = false;
        break;
      case 'conversation.message.delta':
        if (textAt(data, 'type') === 'answer') this.current('bot').text += textAt(data, 'content');
        break;
      case 'conversation.message.completed':
        if (textAt(data, 'type') === 'follow_up') this.suggestions.push(textAt(data, 'content'));
        break;
      case 'conversation.chat.requires_action':
        this.pending = { chat: textAt(data, 'id'), calls: callsOf(data) };
        break;
      case 'conversation.chat.canceled':
        this.completeAnswer(true);
        this.isDropping = true;
        break;
      case 'conversation.chat.completed':
        this.completeAnswer(false);
        break;
      case 'conversation.chat.failed':
      case 'error':
        this.completeAnswer(false);
        this.note(textAt(line, 'error', 'message') || textAt(data, 'msg'));
        break;
    }
  }
}

/** Returns the calls for which a chat waits. @param {unknown} chat @returns {ToolCall[]} */
function callsOf(chat) {
  return listAt(chat, 'required_action', 'submit_tool_outputs', 'tool_calls').map((call) => ({
    id: textAt(call, 'id'),
    name: textAt(call, 'function', 'name'),
    args: textAt(call, 'function', 'arguments'),
  }));
}
