// Tests of what leaves a form or a record: links, exports and comparisons.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  browserTest,
  busyTime,
  fillJson,
  input,
  mockCalls,
  open,
  origin,
  result,
  run,
} from './harness.mjs';

const records = (page) => page.locator('.record');
const dialog = (page) => page.getByRole('dialog');
const END = { kind: 'end', ms: 1 };

browserTest(
  'a link carries the filled form, and the form before it comes back',
  async (page, context) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(page, 'bots.list');
    await fillJson(page, { workspace_id: '42', page_size: 7, 'query:trace': 'ü&=#?' });
    await page.getByRole('button', { name: 'Copy link' }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(link.startsWith(`${origin}/#/operation/bots.list?`), link);
    await open(page, 'bots.retrieve');
    await open(page, 'bots.list');
    await fillJson(page, { workspace_id: '1' });
    await page.goto(link);
    const editor = page.getByLabel('Values');
    await page.waitForFunction(() => !location.hash.includes('?'));
    assert.deepEqual(JSON.parse(await editor.inputValue()), {
      workspace_id: '42',
      page_size: 7,
      'query:trace': 'ü&=#?',
    });
    await page.locator('.chip').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.deepEqual(JSON.parse(await editor.inputValue()), { workspace_id: '1' });
  },
);

browserTest('a link of another page has no effect before it is run', async (page) => {
  const query = new URLSearchParams({ values: '{"bot_id": "1', stream: 'true' });
  await page.goto(`${origin}/#/operation/bots.retrieve?${query}`);
  await page.locator('.subtitle code', { hasText: 'bots.retrieve' }).waitFor();
  assert.notEqual(await input(page, 'bot_id').inputValue(), '1');
  assert.equal(await page.locator('.status-bar .chip').count(), 0);
});

browserTest('values that may be secret are not in a link', async (page, context) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, 'bots.list');
  await fillJson(page, { workspace_id: '42', free: { deep: '{"api_key": "s1"}' } });
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByText('Too long, or may contain secrets').waitFor();
});

browserTest('a page token is in a link', async (page, context) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, 'workflows.versions.list');
  await fillJson(page, { workflow_id: '42', page_token: 'next' });
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(new URL(link).hash, /page_token/);
});

browserTest('a form is exported as curl, .http, coze call and a test', async (page) => {
  await open(page, 'bots.create');
  await fillJson(page, { space_id: '7', name: "it's", 'header:x-tt-env': 'boe' });
  await page.getByRole('button', { name: 'Export' }).click();
  const text = async (tab) => {
    await dialog(page).getByRole('tab', { name: tab, exact: true }).click();
    return dialog(page).locator('.export').textContent();
  };
  assert.match(await text('curl'), /^curl --request POST '.*\/v1\/bot\/create'/);
  const http = await text('.http');
  assert.match(http, /^### bots\.create\nPOST http:\/\/127\.0\.0\.1:\d+\/v1\/bot\/create\n/);
  assert.match(http, /^authorization: Bearer \{\{\$processEnv COZE_API_TOKEN\}\}$/m);
  assert.match(http, /^x-tt-env: boe$/m);
  assert.match(http, /\n\n\{\n {2}"space_id": "7",\n {2}"name": "it's"\n\}\n$/);
  const coze = await text('coze call');
  assert.match(coze, /^coze call bots\.create --mock --json - <<'JSON'\n\{/);
  const rust = await text('Rust test');
  assert.match(rust, /#\[tokio::test\]\nasync fn bots_create\(\)/);
  assert.match(rust, /\/\/ The SDK has no setter for header:x-tt-env\./);
  assert.match(rust, /assert_eq!\(request\.line\(\), "POST \/v1\/bot\/create"\);/);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog(page).getByRole('button', { name: 'Save bots_create.rs' }).click(),
  ]);
  assert.equal(readFileSync(await download.path(), 'utf8'), rust);
});

browserTest('a run is exported with its response', async (page) => {
  await open(page, 'bots.retrieve');
  await input(page, 'bot_id').fill('1');
  await run(page, 'failed');
  await page.getByRole('tab', { name: 'Run records' }).click();
  await records(page).first().getByRole('button', { name: 'Export' }).click();
  await dialog(page).getByRole('tab', { name: 'Rust test' }).click();
  const rust = await dialog(page).locator('.export').textContent();
  assert.match(rust, /ApiError::new\(\s*4200,/);
  assert.match(rust, /assert_eq!\(error\.code\(\), Some\(4200\)\);/);
});

browserTest('two runs are compared: outcome, values and responses', async (page) => {
  await open(page, 'bots.list');
  const bodies = ['{"code":0,"data":{"total":1,"name":"a"}}', '{"code":0,"data":{"total":2,"name":"a"}}'];
  await mockCalls(page, () => ({ body: [{ kind: 'body', text: bodies.shift() }, END] }));
  await fillJson(page, { workspace_id: '42', page_size: 1 });
  await run(page);
  await fillJson(page, { workspace_id: '42', page_size: 2 });
  await run(page);
  await page.getByRole('tab', { name: 'Run records' }).click();
  await records(page).nth(1).waitFor();
  await records(page).first().getByRole('button', { name: 'Compare' }).click();
  const lines = async (kind) => dialog(page).locator(`.diff-line.${kind}`).allTextContents();
  await page.getByText('Response', { exact: true }).last().waitFor();
  await dialog(page).locator('.diff').nth(1).waitFor();
  assert.deepEqual(await lines('gone'), ['−   "page_size": 1', '−     "total": 1,']);
  assert.deepEqual(await lines('new'), ['+   "page_size": 2', '+     "total": 2,']);
  // The same run on both sides has no difference.
  await dialog(page).getByLabel('First run').selectOption({ index: 0 });
  await dialog(page).getByText('No differences.').nth(1).waitFor();
});

/** Returns a response of `count` items, most of whose lines are repeated. */
const list = (count, item) =>
  JSON.stringify({ code: 0, data: Array.from({ length: count }, (_, n) => item(n)).filter(Boolean) });

browserTest('two responses of 16 MiB are compared in a worker', async (page) => {
  const item = (n, more) => ({ id: `id-${n}`, name: 'жa中 '.repeat(16), free: true, ...more });
  // Each tenth item has changed, which are more differences than are searched at once.
  const bodies = [
    list(120_000, (n) => item(n)),
    list(120_000, (n) => n !== 77_777 && item(n, n % 10 === 3 && { free: false })),
  ];
  for (const text of bodies) assert.ok(Buffer.byteLength(text) > 15 * 1024 * 1024, `${Buffer.byteLength(text)}`);
  await open(page, 'users.me');
  await mockCalls(page, () => ({ body: [{ kind: 'body', text: bodies.shift() }, END] }));
  await run(page);
  await run(page);
  await page.getByRole('tab', { name: 'Run records' }).click();
  await records(page).nth(1).getByRole('button', { name: 'Show response' }).waitFor();
  const seconds = await busyTime(page);
  await records(page).first().getByRole('button', { name: 'Compare' }).click();
  await dialog(page).getByText('Comparing …').waitFor();
  await dialog(page).getByText('24005 changed lines').waitFor({ timeout: 120_000 });
  const spent = await seconds();
  assert.ok(spent > 0 && spent < 2, `the page was busy for ${spent} s`);
  const lines = dialog(page).locator('.diff-line');
  assert.equal(await lines.locator('xpath=.').filter({ hasText: '"free"' }).first().textContent(), '−       "free": true');
  const before = await lines.count();
  assert.ok(before < 600, `${before}`);
  await dialog(page).getByRole('button', { name: /^Show more \(\d+ left\)$/ }).click();
  assert.ok((await lines.count()) > before);
}, { timeout: 240_000 });

browserTest('a response that is still being kept can be compared', async (page) => {
  const bodies = ['{"code":0,"data":1}', '{"code":0,"data":2}'];
  await open(page, 'users.me');
  await mockCalls(page, () => ({ body: [{ kind: 'body', text: bodies.shift() }, END] }));
  await page.route('**/api/kept/response-*', async (route) => {
    if (route.request().method() === 'PUT') await dialog(page).getByText('Comparing …').waitFor();
    await route.fallback();
  });
  await run(page);
  await run(page);
  await page.getByRole('tab', { name: 'Run records' }).click();
  await records(page).nth(1).waitFor();
  await records(page).first().getByRole('button', { name: 'Compare' }).click();
  await dialog(page).getByText('2 changed lines').waitFor();
});

browserTest('differences of many lines and of long lines are found', async (page) => {
  const { many, long, moved } = await page.evaluate(async () => {
    const { condensed, diffLines } = await import('/assets/diff.js');
    const text = (count, line) => Array.from({ length: count }, (_, n) => line(n)).join('\n');
    const found = (before, after) => {
      const items = condensed(diffLines(before, after));
      return items.map((each) => (each.kind === 'gap' ? `… ${each.count}` : `${each.kind} ${each.text}`));
    };
    // 4000 of 8000 lines differ; the others occur once.
    const changed = (mark) => text(8000, (n) => (n % 2 ? `line ${n}` : `value ${mark}`));
    const all = diffLines(changed('a'), changed('b'));
    const rest = 'ж'.repeat(300_000);
    return {
      many: ['gone', 'new', 'same'].map((kind) => all.filter((each) => each.kind === kind).length),
      long: found(`${rest}old${rest}`, `${rest}new!${rest}`),
      moved: found(text(20, (n) => n), text(21, (n) => (n < 10 ? n : n === 10 ? 'x' : n - 1))),
    };
  });
  assert.deepEqual(many, [4000, 4000, 4000]);
  const margin = 'ж'.repeat(80);
  assert.deepEqual(long, [`gone …${margin}old${margin}…`, `new …${margin}new!${margin}…`]);
  assert.deepEqual(moved, ['… 7', 'same 7', 'same 8', 'same 9', 'new x', 'same 10', 'same 11', 'same 12', '… 7']);
});
