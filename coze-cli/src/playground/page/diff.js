// The differences between two texts, by lines.

/** @typedef {{kind: 'same' | 'gone' | 'new', text: string}} DiffLine */

/** The number of differences up to which the shortest way from one text to the other is searched. */
const MAX_DIFFERENCES = 1500;

/** @param {DiffLine['kind']} kind @param {string[]} lines @returns {DiffLine[]} */
const marked = (kind, lines) => lines.map((text) => ({ kind, text }));

/**
 * Returns the lines of both texts with their differences.
 * @param {string} before @param {string} after @returns {DiffLine[]}
 */
export function diffLines(before, after) {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let [oldEnd, nowEnd] = [old.length, now.length];
  while (oldEnd > start && nowEnd > start && old[oldEnd - 1] === now[nowEnd - 1]) {
    oldEnd -= 1;
    nowEnd -= 1;
  }
  return [
    ...marked('same', old.slice(0, start)),
    ...shortest(old.slice(start, oldEnd), now.slice(start, nowEnd)),
    ...marked('same', old.slice(oldEnd)),
  ];
}

/**
 * Searches the shortest edit (Myers, 1986). With too many differences, everything differs.
 * @param {string[]} old @param {string[]} now @returns {DiffLine[]}
 */
function shortest(old, now) {
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
  return [...marked('gone', old), ...marked('new', now)];
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
