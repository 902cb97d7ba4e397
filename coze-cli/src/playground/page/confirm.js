// The confirmation before data is changed.

import { dialog } from './dialog.js';
import { button, h } from './dom.js';
import { t } from './i18n.js';
import { apiName } from './target.js';

/** Names of values that identify the object of an operation. */
const IDENTIFIER = /(^|_)ids?$/;

/**
 * Returns the question to ask before an operation runs. It asks nothing if the operation changes
 * nothing or if the mock answers, unless the server demands an answer.
 * @param {import('./api.js').State} state @returns {import('./session.js').Confirm}
 */
export function confirmation(state) {
  return (operation, values, { note, demanded = false } = {}) => {
    if (!demanded && (!operation.changes || state.backend === 'mock')) return Promise.resolve('unneeded');
    return ask(state, operation, values, note);
  };
}

/**
 * @param {import('./api.js').State} state @param {import('./model.js').Operation} operation
 * @param {Record<string, unknown>} values @param {string | undefined} note
 * @returns {Promise<'yes' | 'no'>}
 */
function ask(state, operation, values, note) {
  const objects = Object.entries(values).filter(([name]) => IDENTIFIER.test(name));
  return new Promise((resolve) => {
    const { node, close } = dialog(t('confirm.title'), (answer) => resolve(answer === 'yes' ? 'yes' : 'no'), [
      h('p', null, t('confirm.message', { id: operation.id, name: apiName(state) })),
      h('p', null, h('code', null, `${operation.verb} ${state.base_url}${operation.path}`)),
      objects.length > 0 &&
        h(
          'ul',
          { class: 'confirm-objects' },
          objects.map(([name, value]) => h('li', null, h('code', null, `${name} = ${value}`))),
        ),
      note && h('p', { class: 'help' }, note),
      h(
        'div',
        { class: 'dialog-foot' },
        button(t('confirm.no'), () => close('no'), { class: 'quiet', autofocus: true }),
        button(t('confirm.yes'), () => close('yes'), { class: 'primary' }),
      ),
    ]);
    document.body.append(node);
    node.showModal();
  });
}
