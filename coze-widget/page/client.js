// The class that pages use: the floating button, and showing and hiding the chat.

import { Api, ApiError } from './api.js';
import { h, icon, iconButton, mediaUrl, setChildren } from './dom.js';
import { ignoredOptions, readOptions } from './options.js';
import { applyStyle } from './style.js';
import { textsOf } from './texts.js';
import { visitorKey } from './visitor.js';
import { ChatWindow } from './window.js';

/** @typedef {import('./options.js').Options} Options */

/** The name of the element that holds the widget. */
const HOST_CLASS = 'coze-chat-sdk';

/** The address of the server, unless an option says otherwise. It is that of the script. */
const location = { base: '' };

/** Sets the address of the server. @param {string} url */
export function setBaseUrl(url) {
  location.base = url;
}

/** Tells the page that contains this one about an error. @param {string} type @param {number} code @param {string} message */
function report(type, code, message) {
  console.error(`CozeWebSDK: ${message}`);
  window.parent.postMessage({ type: 'chat-sdk-error', data: { type, code, message } }, '*');
}

/** A chat in a page. */
export class WebChatClient {
  /** @param {Options} options */
  constructor(options) {
    this.senderName = 'chat-app-sdk';
    this.options = options;
    const ignored = ignoredOptions(options);
    if (ignored.length) console.warn(`CozeWebSDK: these options are not supported: ${ignored.join(', ')}`);
    this.settings = readOptions(options, { userAgent: navigator.userAgent, baseUrl: location.base });
    const { settings } = this;
    this.t = textsOf(settings.lang);
    this.api = new Api(settings, { visitor: visitorKey(settings.user.id) });
    /** @type {ChatWindow | null} */
    this.window = null;
    this.isShown = false;
    this.isDestroyed = false;
    WebChatClient.clients.push(this);
    this.isValid = this.check();
    this.host = h('div', { class: HOST_CLASS });
    this.host.dataset.theme = settings.theme;
    this.root = this.host.attachShadow({ mode: 'open' });
    applyStyle(this.root);
    this.place = h('div', {
      class: `widget ${settings.el ? 'inside' : ''}`,
      lang: settings.lang,
      role: 'region',
      'aria-label': settings.title,
    });
    this.root.append(this.place);
    if (settings.zIndex !== undefined) this.host.style.setProperty('--coze-z-index', String(settings.zIndex));
    if (settings.el) this.host.style.cssText += 'display:block;width:100%;height:100%';
    this.host.style.setProperty('--coze-width', `${settings.width}px`);
    this.button = this.isValid && settings.hasButton ? this.floatingButton() : null;
    if (this.button) this.place.append(this.button);
    if (this.isValid) this.attach();
  }

  /** Adds the chat to the page. A script in the head runs before there is a body. */
  attach() {
    const place = this.settings.el || document.body;
    if (place) return place.append(this.host);
    const wait = () => this.isDestroyed || document.body.append(this.host);
    document.addEventListener('DOMContentLoaded', wait, { once: true });
  }

  check() {
    const { agent, auth } = this.settings;
    const hasAgent = agent.type === 'app' ? agent.appId && agent.workflowId : agent.botId;
    if (!hasAgent) {
      report('INVALID_BOT_ID', 400, agent.type === 'app' ? '`config.appInfo` needs `appId` and `workflowId`' : '`config.botId` is missing');
      return false;
    }
    if (auth.hasToken && typeof auth.onRefreshToken !== 'function' && !auth.token) {
      report('OPEN_API_ERROR', 401, '`auth.onRefreshToken` is missing');
      return false;
    }
    return true;
  }

  floatingButton() {
    const { settings, t } = this;
    const picture = mediaUrl(settings.icon);
    const open = iconButton('chat', t('open'), () => this.showChatBot(), {
      class: `launcher ${settings.layout}`,
    });
    if (picture) setChildren(open, h('img', { src: picture, alt: '' }));
    else setChildren(open, icon('chat'));
    return open;
  }

  /** Shows the chat. */
  async showChatBot() {
    if (this.isShown || !this.isValid || this.isDestroyed) return;
    try {
      await this.api.start();
    } catch (error) {
      const code = error instanceof ApiError ? error.code : 401;
      report('OPEN_API_ERROR', code, error instanceof Error ? error.message : String(error));
      return;
    }
    const { on } = this.settings;
    if (on.beforeShow && (await on.beforeShow()) === false) return;
    // The page may have changed its mind in the meantime.
    if (this.isShown || this.isDestroyed) return;
    this.isShown = true;
    this.window = new ChatWindow(this.api, this.settings, this.t, {
      close: () => this.hideChatBot(),
      failed: (error) => this.failed(error),
    });
    this.place.append(this.window.node);
    if (this.button) this.button.hidden = true;
    this.window.start();
    if (!this.settings.el) this.window.focus();
    if (on.show) on.show();
  }

  /** @param {unknown} error */
  failed(error) {
    const code = error instanceof ApiError ? error.code : -1;
    report('OPEN_API_ERROR', code, error instanceof Error ? error.message : String(error));
  }

  /** Hides the chat. */
  async hideChatBot() {
    if (!this.isShown) return;
    const { on } = this.settings;
    if (on.beforeHide && (await on.beforeHide()) === false) return;
    if (!this.isShown) return;
    this.takeDown();
    if (this.button) this.button.focus();
    if (on.hide) on.hide();
  }

  takeDown() {
    this.isShown = false;
    if (this.window) {
      this.window.close();
      this.window.node.remove();
    }
    this.window = null;
    if (this.button) this.button.hidden = false;
  }

  /** Asks the page for a token. */
  async getToken() {
    const { onRefreshToken } = this.settings.auth;
    return onRefreshToken ? onRefreshToken('') : undefined;
  }

  /** Removes the widget from the page. */
  destroy() {
    this.takeDown();
    this.isDestroyed = true;
    this.host.remove();
    WebChatClient.clients = WebChatClient.clients.filter((each) => each !== this);
  }
}

/** The clients of the page. @type {WebChatClient[]} */
WebChatClient.clients = [];
