// The list of run records.

import { compareRuns } from './compare.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { COUNTS, DAYS, deleteRecords, records, responseLimits, setResponseLimits } from './history.js';
import { duration, moment, t } from './i18n.js';
import { stringifyExact } from './json.js';
import { operationHash } from './router.js';
import { flush, hasResponse } from './store.js';

/** @typedef {import('./history.js').RunRecord} RunRecord */

/**
 * @typedef {object} Actions
 * @property {(record: RunRecord) => void} onLoad
 * @property {(record: RunRecord) => void} onReplay
 * @property {(record: RunRecord) => void} onShow shows the response of the run
 * @property {(record: RunRecord) => void} onExport
 */

/** @param {import('./model.js').Operation} operation @param {Actions} actions */
export function recordList(operation, actions) {
  let all = false;
  /** @type {(() => void) | null} */
  let restore = null;
  const node = h('div', { class: 'records' });
  const render = () => {
    const visible = records().filter((each) => all || each.operation === operation.id);
    const toggle = h(
      'label',
      { class: 'switch' },
      h('input', {
        type: 'checkbox',
        checked: all,
        on: {
          change: () => {
            all = !all;
            render();
          },
        },
      }),
      h('span', null, t('records.all')),
    );
    const clear = button(
      t('records.clear'),
      () => {
        restore = deleteRecords(all ? undefined : operation.id);
        void flush();
        render();
      },
      { class: 'quiet small', disabled: visible.length === 0 },
    );
    const undo = button(
      t('form.undo'),
      () => {
        restore?.();
        restore = null;
        render();
      },
      { class: 'quiet small' },
    );
    setChildren(
      node,
      h('div', { class: 'form-bar' }, toggle, h('span', { class: 'space' }), restore && undo, clear),
      visible.length
        ? h(
            'ul',
            null,
            visible.map((each) => entry(each, { named: all, shows: each.operation === operation.id }, actions)),
          )
        : h('p', { class: 'empty' }, t('records.none')),
      h('p', { class: 'help' }, t('records.note', responseLimits())),
      limitChoices((name) => {
        render();
        /** @type {HTMLElement | null} */ (node.querySelector(`.record-limit .${name}`))?.focus();
      }),
    );
  };
  render();
  return { node, render };
}

/** Lets the user choose how many responses are kept, and how long. @param {(name: string) => void} changed */
function limitChoices(changed) {
  const limits = responseLimits();
  /** @param {'count' | 'days'} name @param {number[]} values */
  const choice = (name, values) => {
    const id = uniqueId('limit');
    const select = h('select', { id, class: name }, values.map((each) => h('option', { value: each }, String(each))));
    select.value = String(limits[name]);
    select.addEventListener('change', () => {
      setResponseLimits({ [name]: Number(select.value) });
      void flush();
      changed(name);
    });
    return h('span', { class: 'record-limit' }, h('label', { for: id }, t(`records.${name}`)), select);
  };
  return h('div', { class: 'form-bar' }, choice('count', COUNTS), choice('days', DAYS));
}

/** @param {RunRecord} each @param {{named: boolean, shows: boolean}} options @param {Actions} actions */
function entry(each, { named, shows }, { onLoad, onReplay, onShow, onExport }) {
  const values = stringifyExact(each.values);
  return h(
    'li',
    { class: 'record', dataset: { outcome: each.outcome } },
    h(
      'div',
      { class: 'record-head' },
      h(
        'span',
        { class: `chip ${each.outcome}` },
        each.outcome === 'ok' ? String(each.status ?? t('state.done')) : t(`state.${each.outcome}`),
      ),
      h('time', { datetime: new Date(each.at).toISOString() }, moment(each.at)),
      h('span', { class: 'muted' }, duration(each.ms)),
      each.host && h('span', { class: 'muted' }, each.host),
      h(
        'span',
        { class: 'record-actions' },
        shows && hasResponse(each.id) && button(t('records.show'), () => onShow(each), { class: 'quiet small' }),
        shows && button(t('records.compare'), () => compareRuns(each), { class: 'quiet small' }),
        button(t('records.export'), () => onExport(each), { class: 'quiet small' }),
        button(t('records.load'), () => onLoad(each), { class: 'quiet small' }),
        button(t('records.replay'), () => onReplay(each), { class: 'small replay' }),
      ),
    ),
    named && h('a', { href: operationHash(each.operation) }, h('code', null, each.operation)),
    each.message && h('p', { class: 'record-message' }, each.message),
    h(
      'code',
      { class: 'record-values', title: values },
      values.length > 160 ? `${values.slice(0, 160)}…` : values,
    ),
    each.unkept && h('p', { class: 'help' }, t(`records.unkept.${each.unkept}`)),
    each.left_out?.length > 0 &&
      h('p', { class: 'help' }, t('records.left_out', { names: each.left_out.join(', ') })),
  );
}
