// The options of the widget: read, completed with defaults, and checked.

/** @typedef {'en' | 'zh-CN'} Language */
/** @typedef {'pc' | 'mobile'} Layout */
/** @typedef {'light' | 'dark' | 'auto'} Theme */
/** @typedef {{label: string, isNeedDetail?: boolean}} FeedbackTag */
/** @typedef {{title?: string, placeholder?: string, tags?: FeedbackTag[]}} FeedbackPanel */
/** @typedef {{text?: string, link?: string}} LinkVariable */
/**
 * The options as the page gives them. All other members are unknown.
 * @typedef {object} Options
 * @property {{type?: string, botId?: string, bot_id?: string, baseUrl?: string,
 *   botInfo?: {botId?: string, parameters?: Record<string, unknown>},
 *   appInfo?: {appId?: string, workflowId?: string, parameters?: Record<string, unknown>,
 *     conversationName?: string, version?: string}}} config
 * @property {{type?: string, token?: string, connectorId?: string,
 *   onRefreshToken?: (old?: string) => string | Promise<string>}} [auth]
 * @property {{id?: string, nickname?: string, url?: string}} [userInfo]
 * @property {Ui} [ui]
 * @property {HTMLElement} [el]
 * @property {{layout?: Layout, lang?: Language, title?: string, icon?: string, zIndex?: number,
 *   uploadable?: boolean, width?: number}} [componentProps]
 */
/**
 * @typedef {object} Ui
 * @property {{icon?: string, layout?: Layout, lang?: Language, zIndex?: number,
 *   theme?: Theme}} [base]
 * @property {{isNeed?: boolean}} [asstBtn]
 * @property {{isShow?: boolean, isNeedClose?: boolean, extra?: Node | string | false}} [header]
 * @property {{isShow?: boolean, expressionText?: string,
 *   linkvars?: Record<string, LinkVariable>}} [footer]
 * @property {{isNeed?: boolean}} [conversations]
 * @property {ChatBotOptions} [chatBot]
 */
/**
 * @typedef {object} ChatBotOptions
 * @property {string} [title]
 * @property {boolean} [uploadable]
 * @property {number} [width]
 * @property {HTMLElement} [el]
 * @property {boolean} [isNeedAudio]
 * @property {boolean} [isNeedFunctionCallMessage]
 * @property {boolean} [isNeedQuote]
 * @property {boolean} [isNeedAddNewConversation]
 * @property {boolean} [isNeedClearContext]
 * @property {boolean} [isNeedClearMessage]
 * @property {{isNeedFeedback?: boolean, feedbackPanel?: FeedbackPanel}} [feedback]
 * @property {() => void} [onShow]
 * @property {() => void} [onHide]
 * @property {() => boolean | void | Promise<boolean | void>} [onBeforeShow]
 * @property {() => boolean | void | Promise<boolean | void>} [onBeforeHide]
 */

/** The option names that the widget reads. `*` stands for any members. */
export const KNOWN = `
  config.type config.botInfo.botId config.botInfo.parameters.* config.botId config.bot_id
  config.baseUrl config.appInfo.appId config.appInfo.workflowId config.appInfo.parameters.*
  config.appInfo.conversationName config.appInfo.version
  auth.type auth.token auth.onRefreshToken auth.connectorId
  userInfo.id userInfo.nickname userInfo.url
  ui.base.icon ui.base.layout ui.base.lang ui.base.zIndex ui.base.theme ui.asstBtn.isNeed
  ui.header.isShow ui.header.isNeedClose ui.header.extra
  ui.footer.isShow ui.footer.expressionText ui.footer.linkvars.* ui.conversations.isNeed
  ui.chatBot.title ui.chatBot.uploadable ui.chatBot.width ui.chatBot.el ui.chatBot.isNeedAudio
  ui.chatBot.isNeedFunctionCallMessage ui.chatBot.isNeedQuote ui.chatBot.isNeedAddNewConversation
  ui.chatBot.isNeedClearContext ui.chatBot.isNeedClearMessage
  ui.chatBot.feedback.isNeedFeedback ui.chatBot.feedback.feedbackPanel.*
  ui.chatBot.onShow ui.chatBot.onHide ui.chatBot.onBeforeShow ui.chatBot.onBeforeHide
  el componentProps.layout componentProps.lang componentProps.title componentProps.icon
  componentProps.zIndex componentProps.uploadable componentProps.width
`
  .trim()
  .split(/\s+/);

/**
 * Returns the names of the options that the widget ignores, such as `config.isIframe`.
 * @param {unknown} options
 */
export function ignoredOptions(options) {
  /** @type {string[]} */
  const ignored = [];
  const visit = (/** @type {unknown} */ value, /** @type {string} */ path) => {
    if (KNOWN.includes(path) || KNOWN.includes(`${path}.*`)) return;
    const isGroup = !path || KNOWN.some((known) => known.startsWith(`${path}.`));
    // Nothing is missing of an option that is off.
    if (!isGroup) {
      if (value !== false) ignored.push(path);
    } else if (value && typeof value === 'object')
      for (const [name, member] of Object.entries(value))
        if (member !== undefined) visit(member, path ? `${path}.${name}` : name);
  };
  visit(options, '');
  return ignored;
}

/** @param {string} agent @returns {Layout} */
export function layoutOf(agent) {
  return /Android|iPhone|iPad|iPod|Mobile|HarmonyOS/i.test(agent) ? 'mobile' : 'pc';
}

/**
 * Returns the complete settings.
 * @param {Options} options
 * @param {{userAgent: string, baseUrl: string}} environment
 */
export function readOptions(options, { userAgent, baseUrl }) {
  const { config = {}, auth = {}, userInfo = {}, ui = {}, componentProps: old = {} } = options;
  const { base = {}, header = {}, footer = {}, chatBot = {} } = ui;
  const isApp = config.type === 'app';
  const hasToken = auth.type === 'token';
  const lang = base.lang || old.lang;
  return {
    agent: agentOf(config),
    connectorId: String(auth.connectorId || '999'),
    baseUrl: (config.baseUrl || baseUrl).replace(/\/*$/, ''),
    auth: { hasToken, token: auth.token || '', onRefreshToken: auth.onRefreshToken },
    user: { id: String(userInfo.id || ''), name: userInfo.nickname || '', url: userInfo.url || '' },
    lang: /** @type {Language} */ (lang === 'zh-CN' ? 'zh-CN' : 'en'),
    layout: base.layout || old.layout || layoutOf(userAgent),
    theme: /** @type {Theme} */ (base.theme || 'auto'),
    icon: base.icon || old.icon || '',
    zIndex: base.zIndex !== undefined ? base.zIndex : old.zIndex,
    title: chatBot.title || old.title || 'Coze Bot',
    el: chatBot.el || options.el || null,
    width: chatBot.width || old.width || 460,
    hasButton: !ui.asstBtn || ui.asstBtn.isNeed !== false,
    header: {
      isShown: header.isShow !== false,
      hasClose: header.isNeedClose !== false,
      extra: header.extra || null,
    },
    footer: {
      isShown: footer.isShow !== false,
      text: footer.expressionText,
      links: footer.linkvars || {},
    },
    hasUploads: (chatBot.uploadable !== undefined ? chatBot.uploadable : old.uploadable) !== false,
    hasAudio: chatBot.isNeedAudio !== false,
    hasTools: chatBot.isNeedFunctionCallMessage !== false,
    hasQuotes: chatBot.isNeedQuote === true,
    hasConversations: Boolean(ui.conversations && ui.conversations.isNeed) && !isApp,
    hasNewConversation: chatBot.isNeedAddNewConversation === true,
    hasClearContext:
      chatBot.isNeedClearContext !== undefined ? chatBot.isNeedClearContext : hasToken,
    // Without tokens all visitors of the vendor's page are one user, who may start again.
    hasClearMessages: !hasToken && !isApp && chatBot.isNeedClearMessage !== false,
    feedback: feedbackOf(chatBot),
    /** Until the server turns out to lack the deletion of messages. */
    canDelete: true,
    on: {
      show: chatBot.onShow,
      hide: chatBot.onHide,
      beforeShow: chatBot.onBeforeShow,
      beforeHide: chatBot.onBeforeHide,
    },
  };
}

/** @typedef {ReturnType<typeof readOptions>} Settings */

/** @param {Options['config']} config */
function agentOf(config) {
  const { botInfo = {}, appInfo = {} } = config;
  const isApp = config.type === 'app';
  return {
    type: /** @type {'bot' | 'app'} */ (isApp ? 'app' : 'bot'),
    botId: String(botInfo.botId || config.botId || config.bot_id || ''),
    appId: String(appInfo.appId || ''),
    workflowId: String(appInfo.workflowId || ''),
    version: appInfo.version || '',
    conversationName: appInfo.conversationName || 'Default',
    parameters: (isApp ? appInfo.parameters : botInfo.parameters) || null,
  };
}

/** @param {ChatBotOptions} chatBot */
function feedbackOf(chatBot) {
  const { isNeedFeedback = false, feedbackPanel = {} } = chatBot.feedback || {};
  const tags = (feedbackPanel.tags || []).slice(0, 10);
  return {
    isShown: isNeedFeedback,
    title: feedbackPanel.title || '',
    placeholder: feedbackPanel.placeholder || '',
    tags: tags.map(({ label, isNeedDetail = false }) => ({
      label: String(label).slice(0, 30),
      hasDetail: isNeedDetail,
    })),
    hasPanel: Boolean(chatBot.feedback && chatBot.feedback.feedbackPanel),
  };
}

/**
 * Returns the parts of the line at the bottom: texts, and links for `{{name}}`.
 * @param {string} text @param {Record<string, LinkVariable>} links
 */
export function footerParts(text, links) {
  return text.split(/(\{\{\s*[\w-]+\s*\}\})/).flatMap((part) => {
    const found = /^\{\{\s*([\w-]+)\s*\}\}$/.exec(part);
    if (!found) return part ? [{ text: part, link: '' }] : [];
    const own = Object.prototype.hasOwnProperty.call(links, found[1]) ? links[found[1]] : null;
    return own && own.text ? [{ text: own.text, link: own.link || '' }] : [];
  });
}
