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
        (await import('/assets/model.js')).addDetails(details);
        return (await import('/assets/schema.js')).withoutSecrets(...args);
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
