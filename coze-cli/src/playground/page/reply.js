// The fields of the reply and the events of the stream, as trees.

import { h } from './dom.js';
import { help } from './fields.js';
import { t } from './i18n.js';
import { typeLabel } from './schema.js';

/** @typedef {import('./api.js').Operation} Operation */
/** @typedef {import('./api.js').Parameter} Parameter */

/** @param {Operation} operation */
export function replyFields(operation) {
  const nothing = !operation.reply.length && !operation.events.length;
  return h('div', { class: 'reply-fields' },
    operation.answer === 'file' && h('p', { class: 'empty' }, t('reply.file')),
    nothing && operation.answer !== 'file' && h('p', { class: 'empty' }, t('reply.none')),
    operation.reply.length === 1 && operation.reply[0].name === 'data' && h('p', { class: 'help' }, t('reply.data')),
    operation.reply.length > 0 && h('ul', { class: 'schema' }, operation.reply.map((each) => entry(each, 0))),
    operation.events.length > 0 && h('section', null, h('h3', null, t('reply.events')),
      operation.events.map((each) => h('details', { class: 'event-schema' },
        h('summary', null, h('code', null, each.event), each.ends && h('span', { class: 'mark' }, t('reply.ends')), h('span', { class: 'muted' }, ` ${(each.description ?? '').replaceAll('`', '')}`)),
        each.fields?.length ? h('ul', { class: 'schema' }, each.fields.map((field) => entry(field, 1))) : h('p', { class: 'empty' }, t('reply.no_data'))))));
}

/** The fields that are inside, through arrays and maps. @param {Parameter} parameter @returns {Parameter[]} */
function inside(parameter) {
  if (parameter.properties?.length) return parameter.properties;
  const next = parameter.items ?? parameter.values;
  return next ? inside(next) : [];
}

/** @param {Parameter} parameter @param {number} depth @returns {HTMLElement} */
function entry(parameter, depth) {
  const fields = inside(parameter);
  const head = [h('code', { class: 'name' }, parameter.name), h('span', { class: 'type' }, typeLabel(parameter))];
  const values = parameter.enum?.length ? h('p', { class: 'help' }, parameter.enum.map((each, at) => [at ? ' · ' : '', h('code', { title: each.description }, String(each.value))]).flat()) : null;
  const notes = [help(parameter.description), values];
  if (!fields.length) return h('li', null, h('div', { class: 'field-head' }, head), notes);
  return h('li', null, h('details', { open: depth === 0 }, h('summary', { class: 'field-head' }, head), notes, h('ul', { class: 'schema' }, fields.map((each) => entry(each, depth + 1)))));
}
