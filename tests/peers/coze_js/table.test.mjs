// Checks the table behind the JavaScript samples of `coze` against @coze/api itself: every call
// must exist, and every call of the package must be in the table.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { coze } from './support.mjs';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const table = read('../../../coze-cli/src/samples/javascript/coze-js.json');

/** Calls that are not separate operations, or not calls over HTTP. */
const NOT_LISTED = ['chat.createAndPoll', /^knowledge\./, /^websockets\./];

/** Returns the paths of all calls of a client. */
function* callsOf(resource, path = '') {
  for (const [name, member] of Object.entries(resource)) {
    if (!member || typeof member !== 'object' || !('_client' in member)) continue;
    const prototype = Object.getPrototypeOf(member);
    for (const method of Object.getOwnPropertyNames(prototype))
      if (method !== 'constructor') yield `${path}${name}.${method}`;
    yield* callsOf(member, `${path}${name}.`);
  }
}

const listed = Object.values(table.operations).flatMap(({ call, stream }) =>
  [call, stream].filter(Boolean).map((each) => each.replace(/\(.*/, '')),
);

test('the table is of this version', () => {
  assert.equal(read('./node_modules/@coze/api/package.json').version, table.version);
  assert.equal(read('./package.json').dependencies['@coze/api'], table.version);
});

test('the table has all calls of the package, and no others', () => {
  const known = (call) => NOT_LISTED.some((each) => (each.test ? each.test(call) : each === call));
  const there = [...callsOf(coze)].filter((call) => !known(call));
  assert.ok(there.length >= 60, String(there.length));
  assert.deepEqual([...new Set(listed)].sort(), there.sort());
});
