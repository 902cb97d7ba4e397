// The dialog that compares two runs of an operation: their outcome, values and responses.

import { dialog } from './dialog.js';
import { diffLines } from './diff.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { records, responseOf } from './history.js';
import { duration, moment, t } from './i18n.js';
import { indentJson, stringifyExact } from './json.js';
import { hasResponse } from './store.js';

/** @typedef {import('./history.js').RunRecord} RunRecord */
/** @typedef {import('./diff.js').DiffLine} DiffLine */

/** Unchanged lines that are shown around a difference. */
const CONTEXT = 3;
const MAX_SHOWN = 2000;

/** Opens the comparison of a run with the one before. @param {RunRecord} record */
export function compareRuns(record) {
  const runs = records().filter((each) => each.operation === record.operation);
  const at = runs.findIndex((each) => each.id === record.id);
  const body = h('div', { class: 'comparison', 'aria-live': 'polite' });
  const older = choice(t('compare.before'), runs, runs[at + 1] ?? runs[at - 1] ?? record);
  const newer = choice(t('compare.after'), runs, record);
  let latest = 0;
  const show = async () => {
    latest += 1;
    const turn = latest;
    const pair = /** @type {const} */ ([older.chosen(), newer.chosen()]);
    const parts = await comparison(...pair);
    if (turn === latest) setChildren(body, parts);
  };
  for (const each of [older, newer]) each.select.addEventListener('change', () => void show());
  const { node, close } = dialog(t('compare.title', { id: record.operation }), () => {}, [
    h('div', { class: 'compare-choices' }, older.node, newer.node),
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

/** @param {RunRecord} before @param {RunRecord} after */
async function comparison(before, after) {
  const values = diffLines(valuesOf(before), valuesOf(after));
  const parts = [
    facts(before, after),
    h('h3', null, t('compare.values')),
    diffView(values),
    h('h3', null, t('compare.response')),
  ];
  const missing = [before, after].some((each) => !hasResponse(each.id));
  if (missing) return [...parts, h('p', { class: 'empty' }, t('compare.not_kept'))];
  const [old, now] = await Promise.all([responseText(before), responseText(after)]);
  return [...parts, diffView(diffLines(old, now))];
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

/** Returns the response of a run as text with short lines. @param {RunRecord} run */
async function responseText(run) {
  const lines = await responseOf(run);
  const texts = lines.map((line) => {
    if (line.kind === 'body') return indentJson(line.text);
    if (line.kind === 'event') return `event: ${line.event}\n${indentJson(line.data)}`;
    return line.kind === 'error' && line.body ? indentJson(line.body) : '';
  });
  return texts.filter(Boolean).join('\n\n');
}

const SIGNS = { same: ' ', gone: '−', new: '+' };

/** Shows the differences, with some unchanged lines around them. @param {DiffLine[]} lines */
function diffView(lines) {
  const changed = lines.flatMap(({ kind }, at) => (kind === 'same' ? [] : [at]));
  if (!changed.length) return h('p', { class: 'empty' }, t('compare.same'));
  /** @type {Set<number>} */
  const near = new Set();
  for (const at of changed)
    for (let each = at - CONTEXT; each <= at + CONTEXT; each += 1) near.add(each);
  /** @type {HTMLElement[]} */
  const shown = [];
  let hidden = 0;
  const flush = () => {
    if (hidden) shown.push(h('div', { class: 'diff-gap' }, t('compare.hidden', { n: hidden })));
    hidden = 0;
  };
  lines.forEach((line, at) => {
    if (!near.has(at) || shown.length >= MAX_SHOWN) return void (hidden += 1);
    flush();
    shown.push(lineView(line));
  });
  flush();
  return h('div', { class: 'diff', tabindex: '0', role: 'group', 'aria-label': t('compare.changes') }, shown);
}

/** @param {DiffLine} line */
function lineView({ kind, text }) {
  const tag = /** @type {const} */ ({ same: 'div', gone: 'del', new: 'ins' })[kind];
  return h(tag, { class: `diff-line ${kind}` }, `${SIGNS[kind]} ${text}`);
}
