// The options of the platform's SDKs for web pages, as tables. Descriptions are texts with the keys
// `option.PATH`; those of an option with the same meaning in several SDKs have a `text`.

import { Code } from './literal.js';

/**
 * An option. `support` says if the widget of this project has it: `ours` options are additions,
 * `ignored` ones have no effect. `platform` ones have none in the playground.
 * @typedef {object} Option
 * @property {string} path
 * @property {'text' | 'number' | 'boolean' | 'choice' | 'literal' | 'code' | 'secret'} kind
 * @property {string[]} [values]
 * @property {string} [preset] the default, as it is shown
 * @property {string} [pick] the name of the id whose objects can be listed
 * @property {string} [text]
 * @property {'ours' | 'ignored' | 'old' | 'platform'} [support]
 */
/** @typedef {{name: string, options: Option[]}} Group */

/** @param {string} path @param {Option['kind']} kind @param {Partial<Option>} [more] @returns {Option} */
const option = (path, kind, more = {}) => ({ path, kind, ...more });
/** @param {string} path @param {string} preset @param {Partial<Option>} [more] */
const flag = (path, preset, more) => option(path, 'boolean', { preset, ...more });

/** The options of the Chat SDK. @type {Group[]} */
export const CHAT_GROUPS = [
  {
    name: 'config',
    options: [
      option('config.type', 'choice', { values: ['bot', 'app'], preset: 'bot' }),
      option('config.botId', 'text', { pick: 'bot_id' }),
      option('config.botInfo.parameters', 'literal'),
      option('config.appInfo.appId', 'text', { pick: 'app_id' }),
      option('config.appInfo.workflowId', 'text', { pick: 'workflow_id' }),
      option('config.appInfo.parameters', 'literal'),
      option('config.appInfo.conversationName', 'text', { preset: 'Default' }),
      option('config.appInfo.version', 'text'),
      option('config.botInfo.botId', 'text', { pick: 'bot_id', text: 'config.bot_id' }),
      option('config.bot_id', 'text', { pick: 'bot_id' }),
      option('config.baseUrl', 'text', { support: 'ours' }),
      flag('config.isIframe', 'false', { support: 'ignored' }),
      option('config.sdk_verify_token', 'secret', { support: 'ignored' }),
    ],
  },
  {
    name: 'auth',
    options: [
      option('auth.type', 'choice', { values: ['token', 'unauth'], preset: 'unauth' }),
      option('auth.token', 'secret'),
      option('auth.onRefreshToken', 'code'),
      option('auth.connectorId', 'text', { preset: '999' }),
    ],
  },
  {
    name: 'userInfo',
    options: [
      option('userInfo.id', 'text'),
      option('userInfo.nickname', 'text'),
      option('userInfo.url', 'text'),
    ],
  },
  {
    name: 'base',
    options: [
      option('ui.base.icon', 'text'),
      option('ui.base.layout', 'choice', { values: ['pc', 'mobile'] }),
      option('ui.base.lang', 'choice', { values: ['en', 'zh-CN'], preset: 'en' }),
      option('ui.base.zIndex', 'number'),
      option('ui.base.theme', 'choice', { values: ['light', 'dark', 'auto'], preset: 'auto', support: 'ours' }),
    ],
  },
  {
    name: 'asstBtn',
    options: [flag('ui.asstBtn.isNeed', 'true')],
  },
  {
    name: 'header',
    options: [
      flag('ui.header.isShow', 'true'),
      flag('ui.header.isNeedClose', 'true'),
      option('ui.header.extra', 'code'),
    ],
  },
  {
    name: 'footer',
    options: [
      flag('ui.footer.isShow', 'true'),
      option('ui.footer.expressionText', 'text'),
      option('ui.footer.linkvars', 'literal'),
    ],
  },
  {
    name: 'chatBot',
    options: [
      option('ui.chatBot.title', 'text', { preset: 'Coze Bot' }),
      option('ui.chatBot.width', 'number', { preset: '460' }),
      option('ui.chatBot.el', 'code'),
      flag('ui.chatBot.isNeedFunctionCallMessage', 'true'),
      flag('ui.chatBot.isNeedQuote', 'false'),
    ],
  },
  {
    name: 'conversations',
    options: [
      flag('ui.conversations.isNeed', 'false'),
      flag('ui.chatBot.isNeedAddNewConversation', 'false'),
      flag('ui.chatBot.isNeedClearContext', ''),
      flag('ui.chatBot.isNeedClearMessage', ''),
      flag('ui.chatBot.isNeedConversationAdd', 'false', { support: 'ignored' }),
    ],
  },
  {
    name: 'feedback',
    options: [
      flag('ui.chatBot.feedback.isNeedFeedback', 'false'),
      option('ui.chatBot.feedback.feedbackPanel.title', 'text'),
      option('ui.chatBot.feedback.feedbackPanel.placeholder', 'text'),
      option('ui.chatBot.feedback.feedbackPanel.tags', 'literal'),
    ],
  },
  { name: 'uploads', options: [flag('ui.chatBot.uploadable', 'true')] },
  { name: 'audio', options: [flag('ui.chatBot.isNeedAudio', 'true')] },
  {
    name: 'callbacks',
    options: [
      option('ui.chatBot.onShow', 'code'),
      option('ui.chatBot.onHide', 'code'),
      option('ui.chatBot.onBeforeShow', 'code'),
      option('ui.chatBot.onBeforeHide', 'code'),
    ],
  },
  {
    name: 'old',
    options: [
      option('el', 'code', { support: 'old', text: 'ui.chatBot.el' }),
      option('componentProps.layout', 'choice', { values: ['pc', 'mobile'], support: 'old', text: 'ui.base.layout' }),
      option('componentProps.lang', 'choice', { values: ['en', 'zh-CN'], support: 'old', text: 'ui.base.lang' }),
      option('componentProps.title', 'text', { support: 'old', text: 'ui.chatBot.title' }),
      option('componentProps.icon', 'text', { support: 'old', text: 'ui.base.icon' }),
      option('componentProps.zIndex', 'number', { support: 'old', text: 'ui.base.zIndex' }),
      flag('componentProps.uploadable', 'true', { support: 'old', text: 'ui.chatBot.uploadable' }),
      option('componentProps.width', 'number', { support: 'old', text: 'ui.chatBot.width' }),
      option('extra.webChat', 'literal', { support: 'ignored' }),
    ],
  },
];

/** The options of the Web SDK for low-code apps. @type {Group[]} */
export const APP_GROUPS = [
  {
    name: 'app',
    options: [
      option('token', 'secret', { text: 'app.token' }),
      option('appId', 'text', { pick: 'app_id', text: 'app.appId' }),
      option('container', 'text', { preset: '#app', text: 'app.container' }),
      option('userInfo.id', 'text', { text: 'app.userInfo.id' }),
      option('userInfo.nickname', 'text'),
      option('userInfo.url', 'text'),
      option('ui.className', 'text', { text: 'app.className' }),
    ],
  },
];

/** The options of the Web SDK for projects of AI coding. @type {Group[]} */
export const PROJECT_GROUPS = [
  {
    name: 'project',
    options: [
      option('projectId', 'text', { text: 'project.projectId' }),
      option('container', 'text', { text: 'app.container' }),
      option('token', 'secret', { text: 'project.token' }),
      option('refreshToken', 'code', { text: 'project.refreshToken' }),
      option('theme', 'choice', { values: ['light', 'dark'], text: 'project.theme' }),
      option('className', 'text', { text: 'app.className' }),
      option('style', 'literal', { text: 'project.style' }),
      option('unauthorizedDescription', 'text', { text: 'project.unauthorizedDescription' }),
    ],
  },
  {
    name: 'callbacks',
    options: [
      'onIframeReady',
      'onIframeDestroy',
      'onProjectInfoLoaded',
      'onTokenExpired',
      'onTokenInvalid',
      'onNetworkError',
      'onNotify',
    ].map((name) => option(name, 'code', { text: `project.${name}` })),
  },
];

/** The options of the Card SDK. @type {Group[]} */
export const CARD_GROUPS = [
  {
    name: 'card',
    options: [
      option('el', 'code', { text: 'card.el' }),
      option('runtimeOptions.dsl', 'literal', { text: 'card.dsl' }),
      option('runtimeOptions.lang', 'choice', { values: ['en', 'zh-CN'], text: 'card.lang' }),
      option('runtimeOptions.theme', 'choice', { values: ['light', 'dark'], text: 'card.theme' }),
      flag('runtimeOptions.readonly', 'false', { text: 'card.readonly' }),
      flag('runtimeOptions.debug', 'false', { text: 'card.debug', support: 'platform' }),
      flag('runtimeOptions.remoteForce', 'false', { text: 'card.remoteForce', support: 'platform' }),
      option('customComponentMap', 'literal', { text: 'card.components', support: 'platform' }),
    ],
  },
  {
    name: 'callbacks',
    options: [
      option('runtimeOptions.afterRender', 'code', { text: 'card.afterRender' }),
      option('runtimeOptions.onError', 'code', { text: 'card.onError' }),
      option('runtimeOptions.eventCallbacks.sendMsg', 'code', { text: 'card.sendMsg' }),
      option('runtimeOptions.eventCallbacks.previewImage', 'code', { text: 'card.previewImage' }),
      option('runtimeOptions.eventCallbacks.onElementOver', 'code', { text: 'card.onElementOver', support: 'platform' }),
      option('runtimeOptions.eventCallbacks.onElementOut', 'code', { text: 'card.onElementOut', support: 'platform' }),
    ],
  },
];

/** @param {string} path @param {Option['kind']} kind @param {Partial<Option>} [more] */
const voice = (path, kind, more) => option(path, kind, { text: `realtime.${path}`, ...more });
/** @param {string} path @param {Option['kind']} kind @param {Partial<Option>} [more] */
const vendors = (path, kind, more) => voice(path, kind, { support: 'platform', ...more });

/** The options of the realtime SDK. @type {Group[]} */
export const REALTIME_GROUPS = [
  {
    name: 'realtime',
    options: [
      voice('botId', 'text', { pick: 'bot_id' }),
      voice('voiceId', 'text', { pick: 'voice_id' }),
      voice('workflowId', 'text', { pick: 'workflow_id' }),
      voice('turnDetection.type', 'choice', { values: ['server_vad', 'client_interrupt', 'semantic_vad'], preset: 'server_vad' }),
      voice('audioMutedDefault', 'boolean', { preset: 'false' }),
      voice('prologueContent', 'text'),
    ],
  },
  {
    name: 'session',
    options: [
      voice('accessToken', 'secret'),
      voice('conversationId', 'text'),
      voice('userId', 'text'),
      voice('connectorId', 'text'),
      vendors('baseURL', 'text', { preset: 'https://api.coze.cn' }),
      vendors('allowPersonalAccessTokenInBrowser', 'boolean', { preset: 'false' }),
      vendors('getRoomInfo', 'code'),
      vendors('debug', 'boolean', { preset: 'false' }),
    ],
  },
  {
    name: 'room',
    options: [
      vendors('suppressStationaryNoise', 'boolean', { preset: 'false' }),
      vendors('suppressNonStationaryNoise', 'boolean', { preset: 'false' }),
      vendors('isAutoSubscribeAudio', 'boolean', { preset: 'true' }),
      vendors('roomMode', 'choice', { values: ['default', 'podcast', 's2s', 'translate'], preset: 'default' }),
      vendors('translateConfig', 'literal'),
      vendors('videoConfig', 'literal'),
    ],
  },
];

/**
 * Returns the names of the options that are set but have no effect in the playground, because no
 * group has them or because they are marked so.
 * @param {Group[]} groups @param {unknown} values
 */
export function unusedOptions(groups, values) {
  const used = groups.flatMap(({ options }) => options.filter(({ support }) => support !== 'platform').map(({ path }) => path));
  /** @type {string[]} */
  const unused = [];
  /** @param {unknown} value @param {string} path */
  const visit = (value, path) => {
    if (value === undefined || used.includes(path)) return;
    const isGroup = !path || used.some((each) => each.startsWith(`${path}.`));
    if (!isGroup || value instanceof Code) unused.push(path);
    else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) visit(member, path ? `${path}.${name}` : name);
  };
  visit(values, '');
  return unused;
}
