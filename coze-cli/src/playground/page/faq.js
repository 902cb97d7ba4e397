// Below the steps of "Get started": the kinds of token, and answers to frequent questions.

import { appSite, tokenSite } from './sites.js';
import { externalLink, h } from './dom.js';
import { t } from './i18n.js';

/** The kinds of token. */
const TOKENS = ['pat', 'sat', 'jwt', 'web', 'pkce', 'device'];

const QUESTIONS = ['cost', 'samples', 'abroad', 'safety', 'published'];

export function faq() {
  return h(
    'section',
    { class: 'faq' },
    h('h2', null, t('faq.title')),
    entry('faq.tokens', [
      h('ul', { class: 'token-kinds' }, TOKENS.map(kind)),
      h('p', null, t('faq.tokens.limits')),
      h('p', null, t('faq.tokens.where'), links(tokenSite)),
      h('p', null, t('faq.tokens.apps'), links(appSite)),
    ]),
    QUESTIONS.map((id) => entry(`faq.${id}`, [h('p', null, t(`faq.${id}.answer`))])),
  );
}

/** @param {string} id */
function kind(id) {
  return h(
    'li',
    null,
    h('strong', null, t(`faq.token.${id}`)),
    h(
      'div',
      null,
      t(`faq.token.${id}.for`),
      h('span', { class: 'muted' }, t(`faq.token.${id}.life`)),
    ),
  );
}

/** @param {(region: string) => string} site */
function links(site) {
  return ['cn', 'com'].map((region) => [' ', externalLink(site(region), `coze.${region}`)]).flat();
}

/** @param {string} key @param {Node[]} answer */
function entry(key, answer) {
  return h('details', null, h('summary', null, t(key)), answer);
}
