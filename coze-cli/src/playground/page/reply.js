// The fields of the response and the events of the stream as trees.

import { h } from './dom.js';
import { help } from './fields.js';
import { t } from './i18n.js';
import { eventsOf, fieldsOf, replyOf, typeLabel, variantsOf } from './model.js';

/** @typedef {import('./model.js').Operation} Operation */
/** @typedef {import('./model.js').Field} Field */

/** @param {Operation} operation */
export function replyFields(operation) {
  const [reply, events] = [replyOf(operation), eventsOf(operation)];
  const file = operation.reply === 'binary';
  return h(
    'div',
    { class: 'reply-fields' },
    file && h('p', { class: 'empty' }, t('reply.file')),
    !reply.length && !events.length && !file && h('p', { class: 'empty' }, t('reply.none')),
    reply.length === 1 && reply[0].wire === 'data' && h('p', { class: 'help' }, t('reply.data')),
    reply.length > 0 &&
      h(
        'ul',
        { class: 'schema' },
        reply.map((each) => entry(each, 0, [])),
      ),
    events.length > 0 &&
      h(
        'section',
        null,
        h('h2', null, t('reply.events')),
        events.map((each) => {
          const fields = each.data ? fieldsOf({ named: each.data }) : [];
          return h(
            'details',
            { class: 'event-schema' },
            h(
              'summary',
              null,
              h('code', null, each.wire),
              each.ends && h('span', { class: 'mark' }, t('reply.ends')),
              h('span', { class: 'muted' }, ` ${each.description.replaceAll('`', '')}`),
            ),
            fields.length
              ? h(
                  'ul',
                  { class: 'schema' },
                  fields.map((field) => entry(field, 1, [])),
                )
              : h('p', { class: 'empty' }, t('reply.no_data')),
          );
        }),
      ),
  );
}

/**
 * @param {Field} field @param {number} depth
 * @param {readonly Field[][]} above the enclosing objects, to stop at recursive types
 * @returns {HTMLElement}
 */
function entry(field, depth, above) {
  const fields = fieldsOf(field.kind);
  const head = [
    h('code', { class: 'name' }, field.wire),
    h('span', { class: 'type' }, typeLabel(field.kind)),
  ];
  const variants = variantsOf(field.kind);
  const values = variants.length
    ? h(
        'p',
        { class: 'help' },
        variants
          .map((each, at) => [
            at ? ' · ' : '',
            h('code', { title: each.description }, String(each.value)),
          ])
          .flat(),
      )
    : null;
  const notes = [help(field.description), values];
  if (!fields.length || above.includes(fields))
    return h('li', null, h('div', { class: 'field-head' }, head), notes);
  return h(
    'li',
    null,
    h(
      'details',
      { open: depth === 0 },
      h('summary', { class: 'field-head' }, head),
      notes,
      h(
        'ul',
        { class: 'schema' },
        fields.map((each) => entry(each, depth + 1, [...above, fields])),
      ),
    ),
  );
}
