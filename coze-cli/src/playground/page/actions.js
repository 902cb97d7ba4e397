// What can be done about an error, by its code.

import { button, externalLink } from './dom.js';
import { t } from './i18n.js';
import { runningChat } from './chats.js';
import { API_CHANNEL, kindOf } from './ids.js';
import { hostOf, tokenSite } from './sites.js';

/**
 * An operation to open with values, some of which may have to be found first, or a page.
 * @typedef {{label: string, id: string, values: Record<string, unknown>,
 *     find?: () => Promise<Record<string, unknown>>}
 *   | {label: string, url: string}} ErrorAction
 */

const NOT_PUBLISHED = 4015;
const ALREADY_RUNNING = 4016;
const NO_PERMISSION = 4101;
const INVALID_TOKENS = [4100, 700012006];
const NOT_FOUND = 4200;

/**
 * Returns the actions that solve an error.
 * @param {Pick<import('./api.js').ErrorLine, 'code' | 'status' | 'doc'>} error
 * @param {Record<string, unknown>} values
 * @param {import('./api.js').State} state
 * @returns {ErrorAction[]}
 */
export function errorActions({ code, status, doc }, values, state) {
  /** @type {ErrorAction[]} */
  const actions = [];
  if (code === NOT_PUBLISHED)
    actions.push({
      label: t('action.publish'),
      id: 'bots.publish',
      values: { bot_id: values.bot_id, connector_ids: [API_CHANNEL] },
    });
  if (code === ALREADY_RUNNING) {
    const conversation_id = String(values.conversation_id ?? '');
    actions.push({
      label: t('action.cancel'),
      id: 'chat.cancel',
      values: { conversation_id },
      find: async () => ({ chat_id: (await runningChat(conversation_id)) || undefined }),
    });
  }
  if (code === NOT_FOUND)
    for (const name of Object.keys(values)) {
      const kind = kindOf(name);
      if (kind) actions.push({ label: t('action.list', { name }), id: kind.list, values: {} });
    }
  const auth = code === NO_PERMISSION || INVALID_TOKENS.includes(code ?? 0) || status === 401;
  const page = auth && tokenPage(state);
  if (page) actions.push({ label: t('action.token'), url: page });
  if (doc) actions.push({ label: t('action.doc'), url: doc });
  return actions;
}

/** Returns the page on which tokens are created and edited. @param {import('./api.js').State} state */
export function tokenPage(state) {
  if (state.backend === 'mock' || state.platform === 'studio') return '';
  return tokenSite(hostOf(state).endsWith('.coze.com') ? 'com' : 'cn');
}

/**
 * Returns the buttons and links for the actions that solve an error.
 * @param {ErrorAction[]} actions
 * @param {(operation: string, values: Record<string, unknown>) => void} go
 */
export function actionButtons(actions, go) {
  return actions.map((action) => {
    if ('url' in action) return externalLink(action.url, action.label, { class: 'button small' });
    const act = async () => go(action.id, { ...action.values, ...(await action.find?.()) });
    return button(action.label, () => void act(), { class: 'small' });
  });
}

/**
 * Returns the sentence that names the permissions of an operation if the token lacks one.
 * @param {{code?: number | null}} error
 * @param {import('./model.js').Operation | undefined} operation
 */
export function missingPermission({ code }, operation) {
  const names = operation?.permissions ?? [];
  return code === NO_PERMISSION && names.length ? t('action.permission', { names: names.join(', ') }) : '';
}
