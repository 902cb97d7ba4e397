// The description of an operation.

import { copyButton } from './clipboard.js';
import { externalLink, h } from './dom.js';
import { language, summaryOf, t, titleOf } from './i18n.js';
import { methodBadge } from './list.js';
import { markdown } from './markdown.js';
import { supportsStreaming } from './model.js';

/** @typedef {import('./model.js').Operation} Operation */

/** @param {Operation} operation @param {import('./markdown.js').Resolve} resolve */
export function information(operation, resolve) {
  const marks = [
    operation.deprecated && h('span', { class: 'mark warn' }, t('info.deprecated')),
    !operation.page &&
      h(
        'span',
        { class: 'mark warn', title: t('info.undocumented.title') },
        t('info.undocumented'),
      ),
    operation.changes &&
      h('span', { class: 'mark', title: t('info.changes.title') }, t('info.changes')),
    operation.paging && h('span', { class: 'mark' }, t('info.paged')),
    supportsStreaming(operation) && h('span', { class: 'mark' }, t('info.streams')),
  ];
  const summary = summaryOf(operation);
  const other = language() === 'zh' ? summary !== titleOf(operation) && summary : operation.page?.title;
  return h(
    'section',
    { class: 'information', 'aria-labelledby': 'operation-title' },
    h(
      'div',
      { class: 'title-row' },
      h('h1', { id: 'operation-title', tabindex: '-1' }, titleOf(operation)),
      marks,
    ),
    h(
      'p',
      { class: 'subtitle' },
      h('code', null, operation.id),
      other && h('span', { class: 'muted', lang: 'zh-CN' }, other),
    ),
    h(
      'p',
      { class: 'address' },
      methodBadge(operation.verb),
      h('code', { class: 'path' }, path(operation.path)),
      copyButton(() => operation.path),
    ),
    operation.description && markdown(operation.description, resolve),
    h(
      'dl',
      { class: 'facts' },
      h('dt', null, t('info.permission')),
      h(
        'dd',
        null,
        operation.permissions?.length
          ? operation.permissions.map((each) => [h('code', null, each), ' ']).flat()
          : t('info.permission.none'),
      ),
      operation.page && h('dt', null, t('info.docs')),
      operation.page &&
        h(
          'dd',
          null,
          externalLink(operation.page.url, operation.page.url.replace(/^https?:\/\//, '')),
        ),
    ),
  );
}

/** Renders a path with highlighted parameters. @param {string} text */
function path(text) {
  return text
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? h('span', { class: 'variable' }, part) : part));
}
