// The differences between two texts, by lines.

/** @typedef {{kind: 'same' | 'gone' | 'new', text: string}} DiffLine */
/** A line of the view of differences, or the number of unchanged lines that it leaves out. */
/** @typedef {DiffLine | {kind: 'gap', count: number}} DiffItem */

/** The number of differences up to which the shortest way from one text to the other is searched. */
const MAX_DIFFERENCES = 1500;
/** Unchanged lines that are shown around a difference. */
const CONTEXT = 3;
/** The length up to which lines are shown in full. */
const MAX_LENGTH = 400;
/** Unchanged characters that are shown around the difference between two long lines. */
const MARGIN = 80;

/** @param {DiffLine['kind']} kind @param {string[]} lines @returns {DiffLine[]} */
const marked = (kind, lines) => lines.map((text) => ({ kind, text }));

/**
 * Returns the lines of both texts with their differences.
 * @param {string} before @param {string} after @returns {DiffLine[]}
 */
export function diffLines(before, after) {
  return between(before.split('\n'), after.split('\n'));
}

/** @param {string[]} old @param {string[]} now @returns {DiffLine[]} */
function between(old, now) {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let [oldEnd, nowEnd] = [old.length, now.length];
  while (oldEnd > start && nowEnd > start && old[oldEnd - 1] === now[nowEnd - 1]) {
    oldEnd -= 1;
    nowEnd -= 1;
  }
  const [gone, added] = [old.slice(start, oldEnd), now.slice(start, nowEnd)];
  return [
    ...marked('same', old.slice(0, start)),
    ...(shortest(gone, added) ?? byAnchors(gone, added)),
    ...marked('same', old.slice(oldEnd)),
  ];
}

/**
 * Searches the shortest edit (Myers, 1986). Returns `null` if there are too many differences.
 * @param {string[]} old @param {string[]} now @returns {DiffLine[] | null}
 */
function shortest(old, now) {
  if (!old.length || !now.length) return [...marked('gone', old), ...marked('new', now)];
  const offset = MAX_DIFFERENCES + 1;
  let ends = new Int32Array(2 * offset + 1);
  /** @type {Int32Array[]} */
  const steps = [];
  for (let count = 0; count <= Math.min(MAX_DIFFERENCES, old.length + now.length); count += 1) {
    steps.push(ends);
    ends = ends.slice();
    for (let way = -count; way <= count; way += 2) {
      const down = way === -count || (way !== count && ends[offset + way - 1] < ends[offset + way + 1]);
      let at = down ? ends[offset + way + 1] : ends[offset + way - 1] + 1;
      while (at < old.length && at - way < now.length && old[at] === now[at - way]) at += 1;
      ends[offset + way] = at;
      if (at >= old.length && at - way >= now.length) return backwards(old, now, steps, offset);
    }
  }
  return null;
}

/**
 * Follows the steps of the search back to the beginning.
 * @param {string[]} old @param {string[]} now @param {Int32Array[]} steps @param {number} offset
 */
function backwards(old, now, steps, offset) {
  /** @type {DiffLine[]} */
  const lines = [];
  let [at, to] = [old.length, now.length];
  for (let count = steps.length - 1; count >= 0; count -= 1) {
    const ends = steps[count];
    const way = at - to;
    const down =
      way === -count || (way !== count && ends[offset + way - 1] < ends[offset + way + 1]);
    const from = count === 0 ? 0 : ends[offset + way + (down ? 1 : -1)];
    const fromTo = count === 0 ? 0 : from - (way + (down ? 1 : -1));
    while (at > from && to > fromTo && at > 0 && to > 0 && old[at - 1] === now[to - 1]) {
      at -= 1;
      to -= 1;
      lines.push({ kind: 'same', text: old[at] });
    }
    if (count === 0) break;
    if (down) lines.push({ kind: 'new', text: now[(to -= 1)] });
    else lines.push({ kind: 'gone', text: old[(at -= 1)] });
  }
  return lines.toReversed();
}

/**
 * Compares the parts between lines that both texts have exactly once, such as those with ids
 * (patience diff). Without such lines, everything differs.
 * @param {string[]} old @param {string[]} now @returns {DiffLine[]}
 */
function byAnchors(old, now) {
  const anchors = commonLines(old, now);
  if (!anchors.length) return [...marked('gone', old), ...marked('new', now)];
  const parts = [];
  let [at, to] = [0, 0];
  for (const [oldAt, nowAt] of anchors) {
    parts.push(between(old.slice(at, oldAt), now.slice(to, nowAt)), marked('same', [old[oldAt]]));
    [at, to] = [oldAt + 1, nowAt + 1];
  }
  parts.push(between(old.slice(at), now.slice(to)));
  return parts.flat();
}

/**
 * Returns the places of the lines that both texts have exactly once, as many as are in the same
 * order in both.
 * @param {string[]} old @param {string[]} now @returns {[number, number][]}
 */
function commonLines(old, now) {
  const [oldPlaces, nowPlaces] = [uniquePlaces(old), uniquePlaces(now)];
  /** @typedef {{pair: [number, number], before: Link | null}} Link */
  /** The chains of each length whose last line comes first. @type {Link[]} */
  const chains = [];
  for (const [line, oldAt] of oldPlaces) {
    const nowAt = nowPlaces.get(line) ?? -1;
    if (oldAt < 0 || nowAt < 0) continue;
    let [low, high] = [0, chains.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (chains[middle].pair[1] < nowAt) low = middle + 1;
      else high = middle;
    }
    chains[low] = { pair: [oldAt, nowAt], before: chains[low - 1] ?? null };
  }
  const found = [];
  for (let each = chains.at(-1) ?? null; each; each = each.before) found.push(each.pair);
  return found.toReversed();
}

/** Returns the places of lines, in their order; that of a repeated line is -1. @param {string[]} lines */
function uniquePlaces(lines) {
  /** @type {Map<string, number>} */
  const places = new Map();
  lines.forEach((line, at) => places.set(line, places.has(line) ? -1 : at));
  return places;
}

/**
 * Returns what a view shows of the differences: the changed lines with some unchanged ones around
 * them. Of two long lines, only the parts that differ are left.
 * @param {DiffLine[]} lines @returns {DiffItem[]}
 */
export function condensed(lines) {
  const near = new Uint8Array(lines.length);
  lines.forEach(({ kind }, at) => {
    if (kind !== 'same') near.fill(1, Math.max(0, at - CONTEXT), at + CONTEXT + 1);
  });
  /** @type {DiffItem[]} */
  const items = [];
  let count = 0;
  const flush = () => {
    if (count) items.push({ kind: 'gap', count });
    count = 0;
  };
  for (let at = 0; at < lines.length; at += 1) {
    if (!near[at]) {
      count += 1;
      continue;
    }
    flush();
    const end = changeEnd(lines, at);
    if (end === at) items.push(clipped(lines[at]));
    else for (const each of changed(lines.slice(at, end))) items.push(each);
    at = Math.max(at, end - 1);
  }
  flush();
  return items;
}

/** Returns the end of the changed lines at `at`. @param {DiffLine[]} lines @param {number} at */
function changeEnd(lines, at) {
  while (at < lines.length && lines[at].kind !== 'same') at += 1;
  return at;
}

/** @param {DiffLine} line @returns {DiffLine} */
function clipped({ kind, text }) {
  return { kind, text: text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text };
}

/** Returns changed lines, the removed ones first, and long ones without what they share. @param {DiffLine[]} lines */
function changed(lines) {
  const gone = lines.filter(({ kind }) => kind === 'gone');
  const added = lines.filter(({ kind }) => kind === 'new');
  const pairs = Math.min(gone.length, added.length);
  for (let at = 0; at < pairs; at += 1) {
    const texts = withoutCommon(gone[at].text, added[at].text);
    [gone[at], added[at]] = [{ kind: 'gone', text: texts[0] }, { kind: 'new', text: texts[1] }];
  }
  return [...gone, ...added];
}

/** Removes most of what two long lines share at their ends. @param {string} old @param {string} now @returns {[string, string]} */
function withoutCommon(old, now) {
  const shorter = Math.min(old.length, now.length);
  if (Math.max(old.length, now.length) <= MAX_LENGTH) return [old, now];
  let start = 0;
  while (start < shorter && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const from = start > 2 * MARGIN ? start - MARGIN : 0;
  const left = end > 2 * MARGIN ? end - MARGIN : 0;
  /** @param {string} text */
  const part = (text) => `${from ? '…' : ''}${text.slice(from, text.length - left)}${left ? '…' : ''}`;
  return [part(old), part(now)];
}
