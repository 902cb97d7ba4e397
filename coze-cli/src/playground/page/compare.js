// The dialog that compares two runs of an operation: their outcome, values and responses.

import { dialog } from './dialog.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { records, responseTextOf } from './history.js';
import { duration, moment, t } from './i18n.js';
import { stringifyExact } from './json.js';
import { hasResponse } from './store.js';
import { fillWithText } from './text.js';

/** @typedef {import('./history.js').RunRecord} RunRecord */
/** @typedef {import('./diff.js').DiffItem} DiffItem */
/** @typedef {import('./diff.js').DiffLine} DiffLine */

/** The number of lines that are shown before the user asks for more. */
const LINES_PER_BATCH = 500;

/** Opens the comparison of a run with the one before. @param {RunRecord} record */
export function compareRuns(record) {
  const runs = records().filter((each) => each.operation === record.operation);
  const at = runs.findIndex((each) => each.id === record.id);
  const body = h('div', { class: 'comparison' });
  const status = h('p', { class: 'help', role: 'status' });
  const older = choice(t('compare.before'), runs, runs[at + 1] ?? runs[at - 1] ?? record);
  const newer = choice(t('compare.after'), runs, record);
  /** @type {Worker | undefined} */
  let worker;
  const show = async () => {
    worker?.terminate();
    const current = new Worker('/assets/diffworker.js', { type: 'module' });
    worker = current;
    const [before, after] = [older.chosen(), newer.chosen()];
    setChildren(body);
    setChildren(status, h('span', { class: 'spinner', 'aria-hidden': 'true' }), ' ', t('compare.running'));
    current.addEventListener('message', ({ data }) => {
      setChildren(status, countText(data));
      setChildren(body, comparison(before, after, data));
    });
    current.addEventListener('error', () => setChildren(status, t('compare.failed')));
    const kept = hasResponse(before.id) && hasResponse(after.id);
    const responses = kept && (await Promise.all([before, after].map(responseTextOf)));
    current.postMessage({ values: [before, after].map(valuesOf), responses: responses || null });
  };
  for (const each of [older, newer]) each.select.addEventListener('change', () => void show());
  const { node, close } = dialog(t('compare.title', { id: record.operation }), () => worker?.terminate(), [
    h('div', { class: 'compare-choices' }, older.node, newer.node),
    status,
    body,
    h('div', { class: 'dialog-foot' }, button(t('close'), () => close('no'), { class: 'quiet' })),
  ]);
  node.classList.add('wide');
  document.body.append(node);
  node.showModal();
  void show();
}

/** @param {string} label @param {RunRecord[]} runs @param {RunRecord} selected */
function choice(label, runs, selected) {
  const id = uniqueId('run');
  const select = h(
    'select',
    { id },
    runs.map((each) => h('option', { value: each.id }, `${moment(each.at)} · ${outcome(each)}`)),
  );
  select.value = selected.id;
  const node = h('div', { class: 'setting' }, h('label', { for: id }, label), select);
  const chosen = () => runs.find((each) => each.id === select.value) ?? selected;
  return { node, select, chosen };
}

/** @param {RunRecord} run */
function outcome({ outcome: kind, status, message }) {
  return [t(`state.${kind}`), status, message].filter(Boolean).join(' · ').slice(0, 80);
}

/** @param {import('./diffworker.js').Differences} found */
function countText({ values, response }) {
  const n = [...values, ...(response ?? [])].filter(({ kind }) => kind === 'gone' || kind === 'new').length;
  return n ? t('compare.count', { n }) : '';
}

/** @param {RunRecord} before @param {RunRecord} after @param {import('./diffworker.js').Differences} found */
function comparison(before, after, { values, response }) {
  return [
    facts(before, after),
    h('h3', null, t('compare.values')),
    diffView(values),
    h('h3', null, t('compare.response')),
    response ? diffView(response) : h('p', { class: 'empty' }, t('compare.not_kept')),
  ];
}

/** @param {RunRecord} before @param {RunRecord} after */
function facts(before, after) {
  const cells = (/** @type {RunRecord} */ run) => [
    h('td', null, t(`state.${run.outcome}`), run.status ? ` · HTTP ${run.status}` : ''),
    h('td', null, duration(run.ms)),
    h('td', null, run.host ?? ''),
  ];
  const row = (/** @type {string} */ name, /** @type {RunRecord} */ run) =>
    h('tr', null, h('th', { scope: 'row' }, name), cells(run));
  const head = ['compare.run', 'compare.outcome', 'compare.time', 'compare.host'];
  return h(
    'div',
    { class: 'scroll', tabindex: '0' },
    h(
      'table',
      { class: 'headers' },
      h('thead', null, h('tr', null, head.map((each) => h('th', { scope: 'col' }, t(each))))),
      h('tbody', null, row(t('compare.before'), before), row(t('compare.after'), after)),
    ),
  );
}

/** @param {RunRecord} run */
function valuesOf({ values, stream }) {
  return stringifyExact({ ...values, ...(stream && { stream }) }, 2);
}

const SIGNS = { same: ' ', gone: '−', new: '+' };

/** Shows the differences, many of them in pieces. @param {DiffItem[]} items */
function diffView(items) {
  if (items.every(({ kind }) => kind === 'same' || kind === 'gap'))
    return h('p', { class: 'empty' }, t('compare.same'));
  const list = h('div', { class: 'diff', tabindex: '0', role: 'group', 'aria-label': t('compare.changes') });
  let at = 0;
  const more = button('', () => show(), { class: 'quiet small' });
  const show = () => {
    list.append(...items.slice(at, at + LINES_PER_BATCH).map(itemView));
    at += LINES_PER_BATCH;
    more.hidden = at >= items.length;
    setChildren(more, t('tree.more', { n: items.length - at }));
  };
  show();
  return h('div', null, list, more);
}

/** @param {DiffItem} item */
function itemView(item) {
  if (item.kind === 'gap') return h('div', { class: 'diff-gap' }, t('compare.hidden', { n: item.count }));
  const tag = /** @type {const} */ ({ same: 'div', gone: 'del', new: 'ins' })[item.kind];
  const line = h(tag, { class: `diff-line ${item.kind}` });
  fillWithText(line, `${SIGNS[item.kind]} ${item.text}`);
  return line;
}
