// Tests of run records, and of values that are never stored.

import assert from 'node:assert/strict';
import { api, browserTest, field, input, keep, mockCalls, open, result, run } from './harness.mjs';

const records = (page) => page.locator('.record');

browserTest('a record survives a reload and can be filled in and run again', async (page) => {
  await open(page, 'bots.retrieve');
  const good = await input(page, 'bot_id').inputValue();
  await run(page);
  await input(page, 'bot_id').fill('1');
  await run(page, 'failed');
  await page.reload();
  await page.getByRole('tab', { name: 'Run records' }).click();
  assert.equal(await records(page).count(), 2);
  assert.match(await records(page).nth(0).textContent(), /Failed.*4200/);
  assert.match(await records(page).nth(1).textContent(), /200/);
  await records(page).nth(0).getByRole('button', { name: 'Fill in' }).click();
  assert.equal(await input(page, 'bot_id').inputValue(), '1');
  await page.getByRole('tab', { name: 'Run records' }).click();
  await records(page).nth(1).getByRole('button', { name: 'Run again' }).click();
  await page.locator('.chip[data-phase="ok"]').waitFor();
  assert.equal(await input(page, 'bot_id').inputValue(), good);
  await result(page).locator('.body-text').waitFor();
});

browserTest('records of all operations can be shown and run', async (page) => {
  await open(page, 'users.me');
  await run(page);
  await open(page, 'bots.list');
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.getByText('Nothing has been run yet.').waitFor();
  await page.getByLabel('Show all operations').check();
  await records(page).getByRole('button', { name: 'Run again' }).click();
  await page.waitForURL('**/#/operation/users.me');
  await page.locator('.chip[data-phase="ok"]').waitFor();
});

browserTest('records are cleared', async (page) => {
  await open(page, 'users.me');
  await run(page);
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.getByRole('button', { name: 'Clear records' }).click();
  await page.getByText('Nothing has been run yet.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await records(page).count(), 1);
  await page.getByRole('button', { name: 'Clear records' }).click();
  await page.reload();
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.getByText('Nothing has been run yet.').waitFor();
});

browserTest('file contents are not recorded, and the record says so', async (page) => {
  await open(page, 'files.upload');
  await page.locator('input[type=file]').setInputFiles({
    name: 'diary.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('dear diary'),
  });
  await run(page);
  await page.reload();
  assert.doesNotMatch(JSON.stringify(await api(page, '/api/kept')), /dear diary/);
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.getByText('Not recorded; enter again: file.').waitFor();
  await page.getByRole('tab', { name: 'Parameters' }).click();
  assert.equal(await field(page, 'file').count(), 1);
});

browserTest('a run is recorded even if the page is left at once', async (page) => {
  await open(page, 'users.me');
  // The page asks for the records of other tabs, and gets no answer.
  await page.route('**/api/kept/*', (route) =>
    route.request().method() === 'GET' ? undefined : route.continue(),
  );
  await run(page);
  await page.reload();
  await page.getByRole('tab', { name: 'Run records' }).click();
  await records(page).first().waitFor();
  assert.equal(await records(page).count(), 1);
});

browserTest('at most 200 records are stored', async (page) => {
  const record = {
    operation: 'users.me',
    at: 0,
    ms: 1,
    status: 200,
    outcome: 'ok',
    message: null,
    logId: null,
    stream: false,
    values: {},
    left_out: [],
  };
  await keep(
    page,
    'records',
    Array.from({ length: 200 }, (_, id) => ({ ...record, id: String(id) })),
  );
  await page.reload();
  await open(page, 'users.me');
  await run(page);
  await page.getByRole('tab', { name: 'Run records' }).click();
  assert.equal(await records(page).count(), 200);
  await page.reload();
  assert.equal((await api(page, '/api/kept')).values.records.at(-1).id, '198');
});

browserTest('the last 5 responses of an operation are kept and can be shown', async (page) => {
  await open(page, 'bots.retrieve');
  const bot = await input(page, 'bot_id').inputValue();
  await run(page);
  await input(page, 'bot_id').fill('1');
  await run(page, 'failed');
  await page.getByRole('tab', { name: 'Run records' }).click();
  // Both are kept before the page is left.
  await page.getByRole('button', { name: 'Show response' }).nth(1).waitFor();
  await page.reload();
  await page.getByRole('tab', { name: 'Run records' }).click();
  await records(page).nth(1).getByRole('button', { name: 'Show response' }).click();
  await page.locator('.chip[data-phase="ok"]').waitFor();
  assert.ok((await result(page).locator('.body-text').textContent()).includes(`"${bot}"`));
  await page.getByRole('tab', { name: 'Parameters' }).click();
  for (let n = 0; n < 5; n += 1) {
    await input(page, 'bot_id').fill(n % 2 ? '1' : bot);
    await run(page, n % 2 ? 'failed' : 'ok');
  }
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.reload();
  await page.getByRole('tab', { name: 'Run records' }).click();
  assert.equal(await records(page).count(), 7);
  assert.equal(await page.getByRole('button', { name: 'Show response' }).count(), 5);
});

browserTest('responses with secrets are not kept', async (page) => {
  const text = JSON.stringify({ data: JSON.stringify({ access_token: 'very secret' }) });
  const end = { kind: 'end', ms: 1 };
  await mockCalls(page, () => ({ body: [{ kind: 'body', text }, end] }));
  await open(page, 'users.me');
  await run(page);
  await page.getByRole('tab', { name: 'Run records' }).click();
  assert.equal(await records(page).count(), 1);
  assert.deepEqual((await api(page, '/api/kept')).responses, []);
});

browserTest('a response that is not kept says why', async (page) => {
  const end = { kind: 'end', ms: 1 };
  const bodies = [JSON.stringify({ data: { api_key: 'very secret' } }), `"${'x'.repeat(32 * 1024 * 1024)}"`];
  await mockCalls(page, () => ({ body: [{ kind: 'body', text: bodies.shift() }, end] }));
  await open(page, 'users.me');
  await run(page);
  await run(page);
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.getByText('Response not kept: it may contain secrets.').waitFor();
  await page.getByText('Response not kept: it is larger than 32 MiB.').waitFor();
  await page.unroute('**/api/call');
  await open(page, 'audio.speech.create');
  await run(page);
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.getByText('Response not kept: it is a file.').waitFor();
});

browserTest('a page token and a count of tokens are not secrets', async (page) => {
  const end = { kind: 'end', ms: 1 };
  for (const [id, data] of [
    ['workflows.runs.run_histories.retrieve', [{ execute_id: '7', token: '98', output: '{"a": 1}' }]],
    ['workflows.versions.list', { items: [], has_more: true, next_page_token: 'next' }],
  ]) {
    const text = JSON.stringify({ code: 0, data });
    await page.unroute('**/api/call');
    await mockCalls(page, () => ({ body: [{ kind: 'body', text }, end] }));
    await open(page, id);
    await run(page);
    await page.getByRole('tab', { name: 'Run records' }).click();
    await page.getByRole('button', { name: 'Show response' }).first().waitFor();
  }
});

browserTest('more responses are kept, and longer, if the user wants', async (page) => {
  const now = Date.now();
  const record = {
    operation: 'users.me', at: now, ms: 1, status: 200, outcome: 'ok', message: null, logId: null,
    stream: false, values: {}, left_out: [],
  };
  const all = Array.from({ length: 5 }, (_, id) => ({ ...record, id: String(id) }));
  all[4].at = now - 8 * 24 * 3600 * 1000;
  await keep(page, 'records', all);
  for (const { id } of all) await keep(page, `response-${id}`, [{ kind: 'body', text: '{}' }]);
  await page.reload();
  await open(page, 'users.me');
  const show = page.getByRole('button', { name: 'Show response' });
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.getByLabel('Days').selectOption('30');
  await page.getByLabel('Responses kept per operation').selectOption('10');
  await page.getByText('the last 10 responses of each operation for 30 days').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.className), 'count');
  for (let n = 6; n <= 8; n += 1) {
    await run(page);
    await show.nth(n - 1).waitFor();
  }
  await page.reload();
  await page.getByRole('tab', { name: 'Run records' }).click();
  assert.equal(await show.count(), 8);
  assert.equal((await api(page, '/api/kept')).responses.length, 8);
  await page.getByLabel('Responses kept per operation').selectOption('5');
  await show.nth(5).waitFor({ state: 'detached' });
  assert.equal(await show.count(), 5);
});

browserTest('input that is not a value yet survives another language, view and start', async (page) => {
  await open(page, 'bots.create');
  const { fields, nested } = await page.evaluate(async () => {
    const { fieldSet } = await globalThis.moduleOf('fields');
    const { decodeState, encodeState, hasPartialInput, sentOf } = await globalThis.moduleOf('partial');
    const params = [
      { wire: 'free', kind: 'json' },
      { wire: 'count', kind: 'int32' },
      { wire: 'list', kind: { list: 'json' } },
      { wire: 'map', kind: { map: 'string' } },
    ];
    const set = () => fieldSet(params, { changed: () => {} });
    const texts = ({ fields }) => fields.map(({ node }) => [...node.querySelectorAll('input, textarea')].map((each) => each.value));
    const first = set();
    first.set({ free: 1, count: 2, list: [1, 2], map: { a: 'b', c: 'd' } });
    const [free, count, , item, , , key] = first.fields.flatMap(({ node }) => [...node.querySelectorAll('input, textarea')]);
    free.value = '{"half';
    count.value = '12x';
    item.value = '[';
    key.value = '';
    const state = JSON.parse(JSON.stringify(encodeState(first.state())));
    const second = set();
    second.set(decodeState(state));
    return {
      fields: texts(second),
      nested: [hasPartialInput(second.state()), sentOf(second.state()), hasPartialInput({ a: [1] })],
    };
  });
  assert.deepEqual(fields, [['{"half'], ['12x'], ['1', '['], ['a', 'b', '', 'd']]);
  assert.deepEqual(nested, [true, { list: [1], map: { a: 'b' } }, false]);

  const id = 'workflows.runs.create';
  await open(page, id);
  const parameters = field(page, 'parameters');
  await parameters.getByRole('button', { name: '+ Add entry' }).click();
  const control = parameters.locator('textarea.json').last();
  await control.fill('{"typed": ');
  await page.getByText('Additional values', { exact: true }).click();
  await page.getByRole('button', { name: '+ Add value' }).click();
  await page.locator('.extra-row').getByLabel('Value').fill('no name yet');
  // JSON cannot show it, so the form stays.
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await page.locator('.form-errors:not([hidden])').waitFor();
  const check = async () => {
    assert.equal(await control.inputValue(), '{"typed": ');
    assert.equal(await page.locator('.extra-row input').last().inputValue(), 'no name yet');
  };
  await check();
  await page.getByRole('button', { name: '中文' }).click();
  await check();
  await page.getByRole('button', { name: 'English' }).click();
  await open(page, 'bots.list');
  await page.reload();
  await open(page, id);
  await check();
  await parameters.locator('.key').last().fill('mine');
  await control.fill('{"typed": 1}');
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await page.getByLabel('Values').waitFor();
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  assert.equal(await page.locator('.extra-row input').last().inputValue(), 'no name yet');
});

browserTest('a form that is too large to be kept says so, and its old draft is gone', async (page) => {
  await open(page, 'bots.create');
  await input(page, 'name').fill('Old');
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await page.getByLabel('Values').fill(JSON.stringify({ name: 'y'.repeat(1.5 * 1024 * 1024) }));
  await page.getByText('This form is too large to be kept for the next start.').waitFor();
  await page.reload();
  await open(page, 'bots.create');
  assert.notEqual(await input(page, 'name').inputValue(), 'Old');
  await input(page, 'description').fill('z'.repeat(300 * 1024));
  await page.reload();
  assert.equal((await input(page, 'description').inputValue()).length, 300 * 1024);
});

browserTest('nothing typed is lost on a reload, another language or another view', async (page) => {
  await open(page, 'bots.list');
  await input(page, 'page_size').fill('7');
  await open(page, 'bots.create');
  await input(page, 'name').fill('Typed before');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  assert.equal(await input(page, 'name').inputValue(), '');
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await input(page, 'name').inputValue(), 'Typed before');
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await page.getByLabel('Values').fill('{"name": "half');
  const check = async (label) => assert.equal(await page.getByLabel(label).inputValue(), '{"name": "half');
  await page.getByRole('button', { name: '中文' }).click();
  await check('参数值');
  await page.getByRole('link', { name: '对话', exact: true }).click();
  await page.locator('#chat-input').fill('not sent');
  await page.getByRole('button', { name: 'English' }).click();
  await page.reload();
  await page.locator('#chat-input').waitFor();
  assert.equal(await page.locator('#chat-input').inputValue(), 'not sent');
  await open(page, 'bots.create');
  await check('Values');
  await open(page, 'bots.list');
  assert.equal(await input(page, 'page_size').inputValue(), '7');
});

browserTest(
  'secrets are omitted, whether marked by the schema or recognized by name',
  async (page) => {
    const schema = (name, struct) => ({ name, description: '', shape: { struct } });
    const string = (wire) => ({ wire, kind: 'string' });
    const pin = { wire: 'pin', kind: 'secret' };
    const details = {
      operation: { id: 'none' },
      schemas: [
        schema('Nested', [pin, string('text')]),
        schema('Item', [pin]),
        schema('Pair', [string('key'), string('value')]),
      ],
    };
    const fields = [
      { wire: 'key', kind: 'secret' },
      string('page_token'),
      { wire: 'photo', kind: 'file' },
      { wire: 'nested', kind: { named: 'Nested' } },
      { wire: 'list', kind: { list: { named: 'Item' } } },
      { wire: 'pairs', kind: { list: { named: 'Pair' } } },
      { wire: 'free', kind: 'json' },
    ];
    const values = {
      key: 's1',
      page_token: 'p',
      photo: 'x',
      nested: { pin: 's2', text: 't' },
      list: [{ pin: 's3' }],
      pairs: [
        { key: 'app_secret', value: 's6' },
        { key: 'device', value: '7' },
      ],
      free: { access_token: 's4', deep: [{ Password: 's5', fine: 1 }] },
    };
    const stored = await page.evaluate(
      async ([details, ...args]) => {
        (await globalThis.moduleOf('model')).addDetails(details);
        return (await globalThis.moduleOf('schema')).withoutSecrets(...args);
      },
      [details, fields, values],
    );
    assert.deepEqual(stored, {
      page_token: 'p',
      nested: { text: 't' },
      list: [{}],
      pairs: [{ key: 'app_secret' }, { key: 'device', value: '7' }],
      free: { deep: [{ fine: 1 }] },
    });
  },
);
