// The state of a chat, independent of what is shown: its conversation, its entries, and the answer
// that is running.

import { NO_INFO, readApp, readBot } from './agent.js';
import { ApiError } from './api.js';
import {
  change, filePart, firstSection, newKey, readHistory, textOf, textPart, writeQuestion,
} from './messages.js';
import { Run } from './run.js';

const HISTORY = 10;

/** @typedef {import('./messages.js').Entry} Entry */
/** @typedef {{id: string, name: string, updated_at: number}} Conversation */
/** @typedef {{id: string, url: string, isImage: boolean, name: string, size: number}} SentFile */
/** @typedef {{id: string, parameters: Record<string, string>}} SentShortcut */
/** @typedef {{text: string, files: SentFile[], quote: string, shortcut?: SentShortcut}} Draft */

/** A chat with a bot or an app. */
export class Chat {
  /**
   * @param {import('./api.js').Api} api @param {import('./options.js').Settings} settings
   * @param {() => void} onChange
   */
  constructor(api, settings, onChange) {
    this.api = api;
    this.settings = settings;
    this.onChange = onChange;
    /** @type {'loading' | 'ready' | 'failed'} */
    this.phase = 'loading';
    /** @type {unknown} */
    this.error = null;
    this.info = NO_INFO;
    this.server = { speech: false, upload_bytes: 0 };
    this.conversation = '';
    this.isNamed = true;
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {string[]} */
    this.suggestions = [];
    /** @type {Run | null} */
    this.run = null;
    this.older = '';
    /** The context of the oldest message that is shown. */
    this.oldestSection = '';
    /** @type {Map<string, Draft>} */
    this.drafts = new Map();
    /** @type {Conversation[]} */
    this.conversations = [];
    this.hasMoreConversations = false;
    this.conversationPage = 0;
  }

  get isRunning() {
    return Boolean(this.run);
  }

  /** Loads the bot, and its newest conversation. */
  async start() {
    this.phase = 'loading';
    this.onChange();
    try {
      await this.api.start();
      const info = this.settings.agent.type === 'app' ? this.loadApp() : this.loadBot();
      const server = this.api.call('/config').catch(() => this.server);
      const conversation = this.firstConversation().then((found) => this.show(found));
      [this.info, this.server] = await Promise.all([info, server, conversation]);
      this.phase = 'ready';
    } catch (error) {
      this.phase = 'failed';
      this.error = error;
    }
    this.onChange();
  }

  async loadBot() {
    const bot = await this.api.call(`/v1/bots/${encodeURIComponent(this.settings.agent.botId)}`);
    return readBot(bot || {}, this.settings.user.name);
  }

  async loadApp() {
    const { appId, workflowId, version } = this.settings.agent;
    const query = { connector_id: this.settings.connectorId, ...(version ? { version } : {}) };
    const [app, workflow] = await Promise.all([
      this.api.call(`/v1/apps/${encodeURIComponent(appId)}`, { query }),
      this.api.call(`/v1/workflows/${encodeURIComponent(workflowId)}`, { query }),
    ]);
    return readApp(app || {}, workflow, this.settings.user.name);
  }

  /** Returns the newest conversation, or a new one. @returns {Promise<Conversation>} */
  async firstConversation() {
    if (this.settings.agent.type === 'app') return this.createConversation();
    const found = await this.listConversations(1, 1).catch((error) => {
      // A server may lack the list. Without authorization nothing else works either.
      if (error instanceof ApiError && error.isRefused) throw error;
      return { conversations: [] };
    });
    return found.conversations[0] || this.createConversation();
  }

  /** @param {number} page @param {number} size @returns {Promise<{conversations: Conversation[], has_more: boolean}>} */
  async listConversations(page, size) {
    const { agent, connectorId } = this.settings;
    const query = {
      bot_id: agent.botId,
      connector_id: connectorId,
      sort_field: 'updated_at',
      page_num: page,
      page_size: size,
    };
    const found = await this.api.call('/v1/conversations', { query });
    return { conversations: (found && found.conversations) || [], has_more: Boolean(found && found.has_more) };
  }

  /** @returns {Promise<Conversation>} */
  createConversation() {
    const { agent, connectorId } = this.settings;
    const json =
      agent.type === 'app'
        ? {
            app_id: agent.appId,
            workflow_id: agent.workflowId,
            conversation_name: agent.conversationName,
            get_or_create: !this.conversation,
            connector_id: connectorId,
          }
        : { bot_id: agent.botId, connector_id: connectorId };
    return this.api.call('/v1/conversation/create', { json });
  }

  /** Shows a conversation with its newest messages. @param {Conversation} conversation */
  async show(conversation) {
    const { messages, older } = await this.loadMessages(conversation.id, '');
    this.reset(conversation);
    this.entries = readHistory(messages);
    this.oldestSection = firstSection(messages);
    this.older = older;
  }

  /** @param {Conversation} conversation */
  reset(conversation) {
    this.leave();
    this.conversation = conversation.id;
    this.isNamed = Boolean(conversation.name);
    this.entries = [];
    this.suggestions = [];
    this.older = this.oldestSection = '';
  }

  /** Returns a page of messages, the oldest first. @param {string} id @param {string} cursor */
  async loadMessages(id, cursor) {
    const reply = await this.api.whole('/v1/conversation/message/list', {
      query: { conversation_id: id },
      json: { limit: HISTORY, ...(cursor ? { after_id: cursor } : {}) },
    });
    const page = (reply && reply.data) || [];
    return { messages: page.slice().reverse(), older: reply && reply.has_more ? reply.last_id || '' : '' };
  }

  /** Loads the messages before those that are shown. */
  async loadOlder() {
    const { conversation, older } = this;
    if (!older) return;
    this.older = '';
    try {
      const page = await this.loadMessages(conversation, older);
      if (conversation !== this.conversation) return;
      this.entries = readHistory(page.messages, this.oldestSection).concat(this.entries);
      this.oldestSection = firstSection(page.messages) || this.oldestSection;
      this.older = page.older;
    } catch (error) {
      this.older = older;
      throw error;
    } finally {
      this.onChange();
    }
  }

  /** Sends a question, and shows the answer while it arrives. @param {Draft} draft */
  async send(draft) {
    if (this.run || this.phase !== 'ready') return;
    const { text, files, quote } = draft;
    const key = newKey();
    const parts = files.map(filePart).concat(text ? [textPart(text)] : []);
    this.entries.push({ kind: 'question', key, id: '', parts, quote });
    this.drafts.set(key, draft);
    this.nameAfter(text);
    await this.answer(key);
  }

  /** Answers a question that is shown. @param {string} key */
  async answer(key) {
    const draft = this.drafts.get(key);
    if (!draft) return;
    this.suggestions = [];
    const run = new Run(this, key);
    this.run = run;
    this.onChange();
    await Promise.race([run.stream(this.request(draft)), run.stopped]);
    if (this.run === run) this.run = null;
    this.onChange();
  }

  /** @param {Draft} draft */
  request({ text, files, quote, shortcut }) {
    const { agent, connectorId, user } = this.settings;
    const message = writeQuestion(text, files, quote);
    const parameters = agent.parameters ? { parameters: agent.parameters } : {};
    if (agent.type === 'app')
      return {
        path: '/v1/workflows/chat',
        query: {},
        json: {
          app_id: agent.appId,
          workflow_id: agent.workflowId,
          conversation_id: this.conversation,
          connector_id: connectorId,
          additional_messages: [message],
          parameters: agent.parameters || {},
          ...(agent.version ? { version: agent.version } : {}),
          ...(this.info.suggestReply ? { suggest_reply_info: this.info.suggestReply } : {}),
        },
      };
    return {
      path: '/v3/chat',
      query: { conversation_id: this.conversation },
      json: {
        bot_id: agent.botId,
        user_id: user.id,
        stream: true,
        connector_id: connectorId,
        additional_messages: [message],
        enable_card: true,
        ...parameters,
        ...(shortcut ? { shortcut_command: { command_id: shortcut.id, parameters: shortcut.parameters } } : {}),
      },
    };
  }

  /** Stops the running answer. */
  async stop() {
    if (this.run) await this.run.stop();
  }

  /** Stops listening to the running answer, which goes on at the platform. */
  leave() {
    if (this.run) this.run.leave();
    this.run = null;
  }

  /** Returns the last question if it can be asked again. */
  lastQuestion() {
    for (let at = this.entries.length - 1; at >= 0; at -= 1) {
      const entry = this.entries[at];
      if (entry.kind === 'divider') return null;
      if (entry.kind === 'question') {
        const isText = entry.parts.length && entry.parts.every((part) => part.type === 'text');
        return this.drafts.has(entry.key) || isText ? entry : null;
      }
    }
    return null;
  }

  /** Answers the last question again, in place of the last answer. */
  async regenerate() {
    const question = this.lastQuestion();
    if (!question || this.run) return;
    if (!this.drafts.has(question.key)) {
      const text = textOf(question.parts);
      this.drafts.set(question.key, { text, files: [], quote: question.quote });
    }
    const old = this.entries.splice(this.entries.indexOf(question) + 1);
    const ids = [question, ...old].map((entry) => entry.id).filter(Boolean);
    question.id = '';
    change(question);
    this.suggestions = [];
    this.onChange();
    // A server that cannot delete messages answers again all the same.
    await Promise.all(ids.map((id) => this.deleteOnServer(id).catch(() => {})));
    await this.answer(question.key);
  }

  /** @param {string} id */
  deleteOnServer(id) {
    const json = { conversation_id: this.conversation, message_id: id };
    return this.api.call('/v1/conversation/message/delete', { json });
  }

  /** Deletes a message. @param {Entry} entry */
  async deleteMessage(entry) {
    if (entry.id) await this.deleteOnServer(entry.id);
    this.entries = this.entries.filter((each) => each !== entry);
    this.suggestions = [];
    this.onChange();
  }

  /**
   * Sends feedback, or takes it back if the kind is empty.
   * @param {import('./messages.js').Answer} answer @param {'' | 'like' | 'dislike'} kind
   * @param {{comment?: string, reasons?: string[]}} [details]
   */
  async sendFeedback(answer, kind, { comment = '', reasons = [] } = {}) {
    const path = `/v1/conversations/${this.conversation}/messages/${answer.id}/feedback`;
    if (!kind) await this.api.call(path, { method: 'DELETE' });
    else {
      const json = {
        feedback_type: kind === 'like' ? 'like' : 'unlike',
        ...(comment ? { comment } : {}),
        ...(reasons.length ? { reason_types: reasons } : {}),
      };
      await this.api.call(path, { json });
    }
    answer.feedback = kind;
    change(answer);
    this.onChange();
  }

  /** Starts a new context in the same conversation. */
  async clearContext() {
    await this.api.call(`/v1/conversations/${this.conversation}/clear`, { json: {} });
    if (this.entries.length) this.entries.push({ kind: 'divider', key: newKey(), id: '' });
    this.suggestions = [];
    this.onChange();
  }

  /** Starts a new conversation. */
  async newConversation() {
    this.reset(await this.createConversation());
    this.onChange();
    await this.refreshConversations();
  }

  /** Opens another conversation. @param {Conversation} conversation */
  async openConversation(conversation) {
    await this.show(conversation);
    this.onChange();
  }

  async refreshConversations() {
    if (!this.settings.hasConversations) return;
    const found = await this.listConversations(1, 20);
    this.conversations = found.conversations;
    this.hasMoreConversations = found.has_more;
    this.conversationPage = 1;
    this.onChange();
  }

  async moreConversations() {
    if (!this.hasMoreConversations) return;
    this.hasMoreConversations = false;
    const found = await this.listConversations(this.conversationPage + 1, 20);
    const known = this.conversations.map(({ id }) => id);
    this.conversationPage += 1;
    this.conversations = this.conversations.concat(found.conversations.filter(({ id }) => !known.includes(id)));
    this.hasMoreConversations = found.has_more;
    this.onChange();
  }

  /** @param {string} id @param {string} name */
  async rename(id, name) {
    await this.api.call(`/v1/conversations/${id}`, { method: 'PUT', json: { name: name.slice(0, 100) } });
    await this.refreshConversations();
  }

  /** @param {string} id */
  async deleteConversation(id) {
    await this.api.call(`/v1/conversations/${id}`, { method: 'DELETE' });
    if (id === this.conversation) await this.newConversation();
    else await this.refreshConversations();
  }

  /** Names a new conversation after its first question. @param {string} text */
  nameAfter(text) {
    if (this.isNamed || !this.settings.hasConversations || !text.trim()) return;
    this.isNamed = true;
    // The list without the name is usable.
    this.rename(this.conversation, text.trim().replace(/\s+/g, ' ')).catch(() => {});
  }
}
