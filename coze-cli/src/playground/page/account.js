// The form that takes the token of an account. It is sent to the local server once, and then
// forgotten: neither drafts nor records contain it, and no response returns it.

import { enterToken } from './api.js';
import { button, externalLink, h, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { tokenSite } from './sites.js';

/** @typedef {import('./api.js').State} State */

/** The APIs that a token can be for. A URL that is empty is entered. */
const APIS = [
  { id: 'cn', base_url: 'https://api.coze.cn', platform: 'cloud' },
  { id: 'com', base_url: 'https://api.coze.com', platform: 'cloud' },
  { id: 'studio', base_url: '', platform: 'studio' },
  { id: 'other', base_url: '', platform: 'cloud' },
];

/**
 * @param {(change: () => Promise<State>) => Promise<void>} apply changes the server, or shows why
 *   that is not possible
 * @param {boolean} open
 */
export function accountForm(apply, open) {
  const api = h(
    'select',
    { id: uniqueId('account') },
    APIS.map(({ id }) => h('option', { value: id }, t(`account.api.${id}`))),
  );
  const url = textInput('url', { placeholder: 'http://localhost:8888' });
  const token = textInput('password', { placeholder: 'pat_…' });
  const profile = textInput('text', { placeholder: t('account.profile.none') });
  const address = setting('account.url', url);
  const links = h(
    'p',
    { class: 'help' },
    t('account.where'),
    ['cn', 'com'].map((region) => [' ', externalLink(tokenSite(region), `coze.${region}`)]).flat(),
  );
  const chosen = () => APIS.find(({ id }) => id === api.value) ?? APIS[0];
  const update = () => {
    address.hidden = chosen().base_url !== '';
  };
  const send = async () => {
    use.disabled = true;
    await apply(() =>
      enterToken({
        token: token.value,
        base_url: chosen().base_url || url.value || url.placeholder,
        platform: chosen().platform,
        profile: profile.value || null,
      }),
    );
    use.disabled = false;
  };
  const use = button(t('account.use'), () => void send(), { class: 'primary' });
  api.addEventListener('change', update);
  for (const input of [url, token, profile])
    input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter' && !event.isComposing && !use.disabled) void send();
    });
  update();
  return h(
    'details',
    { class: 'account', open },
    h('summary', null, t('account.title')),
    setting('account.token', token),
    links,
    setting('account.api', api),
    address,
    setting('account.profile', profile),
    h('p', { class: 'help' }, t('account.help')),
    use,
  );
}

/** @param {string} type @param {import('./dom.js').Props} props */
function textInput(type, props) {
  const id = uniqueId('account');
  return h('input', { id, type, autocomplete: 'off', spellcheck: 'false', ...props });
}

/** @param {string} key @param {HTMLElement} input */
function setting(key, input) {
  return h('div', { class: 'setting' }, h('label', { for: input.id }, t(key)), input);
}
