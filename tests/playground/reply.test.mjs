// Tests that a response is shown, copied and saved as it came, and of what differs from the model.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { browserTest, fillJson, input, mockCalls, open, result, run, state } from './harness.mjs';

const END = { kind: 'end', ms: 5 };
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());
const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] };
const readingTab = (page) => page.getByRole('tab', { name: 'SDK reading', exact: true }).click();
const marks = (page) => result(page).locator('.events .mark');

/** Saves the response, and returns the bytes of the file and its name. */
async function saved(page) {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    result(page).getByRole('button', { name: 'Save', exact: true }).click(),
  ]);
  return { bytes: readFileSync(await file.path()), name: file.suggestedFilename() };
}

const frame = (raw, more = {}) => ({ kind: 'event', event: 'a', data: '1', ms: 1, raw, ...more });

browserTest(
  'frames are shown, copied and saved as they came',
  async (page) => {
    const frames = [': hello\r\n\r\nretry: 5\r\ndata:1\r\nx-more: 2\r\n\r\n', 'id: 7\nevent: a\ndata: 1\n\n'];
    await mockCalls(page, () => ({ body: [...frames.map((each) => frame(each)), END] }));
    await open(page, 'chat.create');
    await run(page);
    const shown = result(page).locator('.body-text');
    // An element of a page does not have carriage returns, but its text does.
    assert.equal(await shown.evaluate((each) => each.textContent), frames.join(''));
    await result(page).getByRole('button', { name: 'Copy', exact: true }).last().click();
    assert.equal((await copied(page)).replaceAll('\r', ''), frames.join('').replaceAll('\r', ''));
    const { bytes, name } = await saved(page);
    assert.equal(bytes.toString(), frames.join(''));
    assert.equal(name, 'chat.create.txt');
  },
  clipboard,
);

browserTest(
  'a response and a stream of the mock are copied unchanged',
  async (page) => {
    const copyResult = async () => {
      await result(page).getByRole('button', { name: 'Copy', exact: true }).last().click();
      return copied(page);
    };
    await open(page, 'bots.list');
    await run(page);
    const { bytes, name } = await saved(page);
    const text = await copyResult();
    assert.equal(text, await result(page).locator('.body-text').textContent());
    assert.equal(bytes.toString(), text);
    assert.equal(name, 'bots.list.json');
    assert.ok(JSON.parse(text).data.items.length > 0);
    await open(page, 'chat.create');
    const { defaults } = await state(page);
    await fillJson(page, {
      bot_id: defaults.bot_id,
      user_id: 'ada',
      additional_messages: [{ role: 'user', content: 'Say [answer Copy me.]', content_type: 'text' }],
    });
    await run(page);
    const stream = await copyResult();
    assert.match(stream, /^event:conversation\.chat\.created\ndata:\{"[^\n]+\n\n/);
    assert.match(stream, /\n\nevent:done\ndata:"?\[DONE\]"?\n\n$/);
    await result(page).locator('.assembled').getByRole('button', { name: 'Copy', exact: true }).click();
    assert.equal(await copied(page), 'Copy me.');
    await readingTab(page);
    await result(page).locator('.events summary').first().click();
    await result(page).locator('.tree > .object > .copy-icon').first().click();
    assert.equal(JSON.parse(await copied(page)).bot_id, defaults.bot_id);
  },
  clipboard,
);

browserTest('bytes that are not valid UTF-8 are saved unchanged', async (page) => {
  const base64 = Buffer.from([0x61, 0xff, 0x62]).toString('base64');
  await mockCalls(page, () => ({ body: [{ kind: 'body', text: 'a\ufffdb', base64 }, END] }));
  await open(page, 'users.me');
  await run(page);
  await result(page).getByText('Bytes that are not valid UTF-8').waitFor();
  const { bytes, name } = await saved(page);
  assert.deepEqual([...bytes], [0x61, 0xff, 0x62]);
  assert.equal(name, 'users.me.txt');
});

browserTest('new events and events that differ are marked, also after the first 500', async (page) => {
  const known = { name: 'id', type: 'string', required: true, description: 'An ID.' };
  const same = { members: [{ name: 'id', known, value: { text: '"1"' } }] };
  const different = { ...same, missing: [{ ...known, name: 'gone' }] };
  const event = (more) => frame('data: 1\n\n', { data: '{}', annotated: same, ...more });
  const lines = Array.from({ length: 600 }, () => event({}));
  lines[2] = event({ event: 'brand.new', new: true });
  lines[550] = event({ annotated: different });
  lines[551] = event({ event: 'brand.new', new: true });
  await mockCalls(page, () => ({ body: [...lines, END] }));
  await open(page, 'chat.create');
  await run(page);
  await readingTab(page);
  await result(page).getByText('2 new events · 1 event differs').waitFor();
  assert.deepEqual(await marks(page).allTextContents(), ['new', 'differs', 'new']);
  assert.equal(await result(page).locator('.events > li').count(), 502);
  assert.equal(await result(page).locator('.events > li').nth(500).evaluate((each) => each.value), 551);
  await result(page).getByText('98 events are not listed.').waitFor();
});

browserTest('the server marks events that the model does not describe', async (page) => {
  await open(page, 'chat.create');
  await run(page);
  await readingTab(page);
  await result(page).getByText('As described').first().waitFor();
  assert.equal(await result(page).locator('.events .mark.new').count(), 0);
});

browserTest('a response that is too long to be compared says so', async (page) => {
  const body = (text) => ({ kind: 'body', text, too_long: true, annotated: null });
  const bodies = [body(`{"a":"${'x'.repeat(1_100_000)}"}`), body(`{"a":"${'x'.repeat(4_300_000)}"}`)];
  await mockCalls(page, () => ({ body: [bodies.shift(), END] }));
  await open(page, 'users.me');
  await run(page);
  await readingTab(page);
  await result(page).getByText('Longer than 1.0 MiB, so not compared').waitFor();
  await result(page).locator('.tree .key', { hasText: 'a' }).waitFor();
  await run(page);
  await readingTab(page);
  await result(page).getByText('JSON of more than 4.0 MiB is shown as text only.').waitFor();
});

browserTest('the text of a stream grows in short pieces', async (page) => {
  const paragraph = 'жa中'.repeat(40);
  const delta = (text) => ({
    kind: 'event',
    event: 'conversation.message.delta',
    data: JSON.stringify({ id: '1', type: 'answer', content: text }),
    ms: 1,
  });
  const parts = [...Array.from({ length: 2500 }, () => paragraph), 'line\n\nend'];
  await mockCalls(page, () => ({ body: [...parts.map(delta), END] }));
  await open(page, 'chat.create');
  await run(page);
  const shown = result(page).locator('.assembled-text');
  const lengths = await shown.evaluate((each) => [...each.children].map((chunk) => chunk.textContent.length));
  assert.ok(Math.max(...lengths) <= 1000, `${Math.max(...lengths)}`);
  const text = parts.join('');
  assert.equal(await shown.textContent(), text.slice(0, 200_000));
  await result(page).locator('.assembled').getByRole('button', { name: /^Show more/ }).click();
  assert.equal(await shown.textContent(), text.slice(0, 240_000));
});

browserTest('IDs are found in events, in numbers, and in members named id', async (page) => {
  const ids = (pattern) => result(page).locator('.id-button', { hasText: pattern });
  const { defaults } = await state(page);
  await open(page, 'chat.create');
  await fillJson(page, {
    bot_id: defaults.bot_id,
    user_id: 'ada',
    additional_messages: [{ role: 'user', content: 'Hi', content_type: 'text' }],
  });
  await run(page);
  await ids(`bot_id ${defaults.bot_id}`).waitFor();
  assert.equal(await ids(/^conversation_id \d+$/).count(), 1);
  await open(page, 'conversations.create');
  await run(page);
  assert.equal(await ids(/^conversation_id \d+$/).count(), 1);
  await open(page, 'workspaces.create');
  await run(page);
  await ids(/^workspace_id \d+$/).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Open bots.list' }).click();
  await page.waitForURL('**/#/operation/bots.list');
  assert.match(await input(page, 'workspace_id').inputValue(), /^\d+$/);
  const text =
    '{"code":0,"data":{"bot_id":73800000000000000001,"knowledge":{"knowledge_infos":[{"id":"7001001"}]},' +
    '"shortcut_commands":[{"id":"8001001"}],"id":"9001001"}}';
  await mockCalls(page, () => ({ body: [{ kind: 'body', text }, END] }));
  await open(page, 'bots.retrieve');
  await run(page);
  assert.deepEqual(await ids('').allTextContents(), ['bot_id 73800000000000000001', 'dataset_id 7001001']);
  await readingTab(page);
  await result(page).locator('.id-value', { hasText: '73800000000000000001' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chat with this bot' }).click();
  await page.waitForURL('**/#/chat');
});

browserTest('many IDs are shown on demand', async (page) => {
  const items = Array.from({ length: 20 }, (_, at) => ({ id: `70000${at + 10}` }));
  const text = JSON.stringify({ code: 0, data: { items } });
  await mockCalls(page, () => ({ body: [{ kind: 'body', text }, END] }));
  await open(page, 'bots.list');
  await run(page);
  const buttons = result(page).locator('.id-button:visible');
  assert.equal(await buttons.count(), 8);
  await result(page).getByRole('button', { name: 'Show 12 more' }).click();
  assert.equal(await buttons.count(), 20);
});

browserTest('a failure in a stream has a hint and a log ID', async (page) => {
  const { defaults } = await state(page);
  await open(page, 'chat.create');
  await fillJson(page, {
    bot_id: defaults.bot_id,
    user_id: 'ada',
    additional_messages: [{ role: 'user', content: '[fail 4101 Denied]', content_type: 'text' }],
  });
  await run(page, 'failed');
  const error = result(page).locator('.error');
  assert.match(await error.textContent(), /^Error 4101 Denied/);
  assert.ok((await error.locator('.hint').first().textContent()).length > 10);
  assert.match(await page.locator('.log-id').textContent(), /^\w{16,}$/);
});
