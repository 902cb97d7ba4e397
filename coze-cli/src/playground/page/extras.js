// Headers, query parameters and members of the body that the API description does not have.

import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { parseExact, stringifyExact } from './json.js';
import { PartialInput } from './partial.js';

/** @typedef {'header' | 'query' | 'body'} Place */
/** @typedef {{node: HTMLElement, place: HTMLSelectElement, name: HTMLInputElement, value: HTMLInputElement}} Row */

/** @type {Place[]} */
const PLACES = ['header', 'query', 'body'];

/** The member of the state that has the rows without a name. */
const UNNAMED = '';

/** Reads a value: JSON, or else text. @param {string} text */
function read(text) {
  try {
    return parseExact(text);
  } catch {
    return text;
  }
}

/** Writes a value so that `read` returns it. @param {unknown} value */
function write(value) {
  return typeof value === 'string' && read(value) === value ? value : stringifyExact(value);
}

/** @param {() => void} changed */
export function extraValues(changed) {
  /** @type {Row[]} */
  let rows = [];
  const list = h('div', { class: 'rows' });
  /** @param {Place} place @param {string} name @param {unknown} value */
  const add = (place, name, value) => {
    const row = extraRow(changed, () => {
      rows = rows.filter((each) => each !== row);
      row.node.remove();
      changed();
    });
    row.place.value = place;
    row.name.value = name;
    row.value.value = value === undefined ? '' : write(value);
    rows.push(row);
    list.append(row.node);
    return row;
  };
  const addButton = button(`+ ${t('extra.add')}`, () => add('header', '', undefined).name.focus(), {
    class: 'quiet small add',
  });
  const help = h('p', { class: 'help' }, t('extra.help'));
  const node = h('details', { class: 'extras' }, h('summary', null, t('extra.title')), help, list, addButton);
  return {
    node,
    /**
     * Returns the values by the names that the server knows, and the rows that have no name yet.
     * @returns {Record<string, unknown>}
     */
    state: () => {
      const named = rows.filter((row) => row.name.value.trim());
      const values = Object.fromEntries(
        named.map(({ place, name, value }) => [
          place.value === 'body' ? name.value.trim() : `${place.value}:${name.value.trim()}`,
          place.value === 'body' ? read(value.value) : value.value,
        ]),
      );
      const unnamed = rows.filter((row) => !row.name.value.trim() && row.value.value);
      if (!unnamed.length) return values;
      /** @type {import('./partial.js').Entry[]} */
      const entries = unnamed.map(({ place, value }) => [place.value, value.value]);
      return { ...values, [UNNAMED]: new PartialInput({ rows: entries }) };
    },
    /** @param {Record<string, unknown>} state */
    set: (state) => {
      rows = [];
      setChildren(list);
      for (const [key, value] of Object.entries(state)) {
        if (value instanceof PartialInput) {
          for (const [place, text] of value.rows ?? [])
            add(/** @type {Place} */ (place), '', undefined).value.value = String(text);
          continue;
        }
        const [, prefix, name] = /^(header|query):(.*)$/s.exec(key) ?? [];
        if (prefix) add(/** @type {Place} */ (prefix), name, value);
        else add('body', key, value);
      }
      if (rows.length) node.open = true;
    },
  };
}

/** @param {() => void} changed @param {() => void} remove @returns {Row} */
function extraRow(changed, remove) {
  const place = h(
    'select',
    { 'aria-label': t('extra.place') },
    PLACES.map((each) => h('option', { value: each }, t(`place.${each}`))),
  );
  place.addEventListener('change', changed);
  const field = (/** @type {string} */ label) =>
    h('input', {
      type: 'text',
      id: uniqueId('extra'),
      'aria-label': label,
      placeholder: label,
      autocomplete: 'off',
      spellcheck: 'false',
      on: { input: changed },
    });
  const [name, value] = [field(t('extra.name')), field(t('extra.value'))];
  const removal = button('✕', remove, { class: 'quiet icon', 'aria-label': t('form.remove') });
  const node = h('div', { class: 'row extra-row' }, h('div', { class: 'entry-row' }, place, name, value), removal);
  return { node, place, name, value };
}
