// Tests of the playground with a profile, whose API is a separate mock.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { browserTest, call, fillJson, input, open, result, run, serve } from './harness.mjs';

const TOKEN = 'pat_only_the_server_knows';
const home = await mkdtemp(join(tmpdir(), 'coze-playground-'));
after(() => rm(home, { recursive: true }));
const base_url = await serve(['mock']);
await writeFile(
  join(home, 'work.profile.json'),
  JSON.stringify({ kind: 'token', token: TOKEN, base_url }),
  { mode: 0o600 },
);
const address = await serve(['playground', '--profile', 'work'], { COZE_CONFIG_DIR: home });

const onProfile = (name, body) =>
  browserTest(name, body, { address, source: { profile: 'work' } });
const dialog = (page) => page.getByRole('dialog');

onProfile('the token never reaches the page', async (page) => {
  const texts = [];
  await page.route('**/api/**', async (route) => {
    const response = await route.fetch();
    texts.push(await response.text());
    await route.fulfill({ response });
  });
  await page.reload();
  await open(page, 'bots.list');
  await page.getByRole('button', { name: 'Fill in example' }).click();
  await run(page);
  await page.getByRole('tab', { name: 'Request', exact: true }).click();
  await result(page).getByText('Bearer ***').waitFor();
  assert.match(await result(page).textContent(), new RegExp(`GET ${base_url}/v1/bots`));
  const got = texts.join('\n');
  assert.match(got, /"profile":"work"/);
  assert.match(got, /"kind":"head"/);
  for (const text of [
    got,
    await page.content(),
    await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie),
  ]) {
    assert.ok(!text.includes(TOKEN));
  }
});

onProfile('only operations that may change data need confirmation', async (page) => {
  for (const id of ['bots.list', 'datasets.process', 'conversations.messages.list']) {
    await open(page, id);
    await page.getByRole('button', { name: 'Fill in example' }).click();
    await run(page);
  }
  await open(page, 'bots.create');
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Fix \d+ fields? before running/).waitFor();
  await page.getByRole('button', { name: 'Fill in example' }).click();
  await page.keyboard.press('Control+Enter');
  await dialog(page).getByText('bots.create may change data in the account of “work”').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.chip[data-phase="canceled"]').waitFor();
  await page.keyboard.press('Control+Enter');
  await dialog(page).getByRole('button', { name: 'Run' }).click();
  await page.locator('.chip[data-phase="ok"]').waitFor();
});

onProfile('a chat asks for confirmation once', async (page) => {
  await page.goto(`${new URL(address).origin}/#/chat`);
  await page.getByLabel('Bot', { exact: true }).fill('7342866812345000001');
  for (const [n, text] of ['Hello [answer Hi.]', 'Once more [answer Hi again.]'].entries()) {
    await page.locator('#chat-input').fill(text);
    await page.keyboard.press('Enter');
    if (n === 0) await dialog(page).getByRole('button', { name: 'Run' }).click();
    await page.locator('.turn[data-phase="done"]').nth(n).waitFor();
  }
  await page.locator('.bubble.bot', { hasText: 'Hi again.' }).waitFor();
});

onProfile('in a chat, each operation is confirmed once for each bot', async (page) => {
  await page.goto(`${new URL(address).origin}/#/chat`);
  const bot = page.getByLabel('Bot', { exact: true });
  const asks = (text) => dialog(page).getByText(text).waitFor();
  const confirm = () => dialog(page).getByRole('button', { name: 'Run' }).click();
  const send = async (text) => {
    await page.locator('#chat-input').fill(text);
    await page.keyboard.press('Enter');
  };
  await bot.fill('7342866812345000001');
  await page.locator('.composer input[type=file]').setInputFiles([
    { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('a plan') },
  ]);
  await asks('files.upload may change data');
  await confirm();
  await page.locator('.attachment', { hasText: 'plan.txt6 B' }).waitFor();
  await send('Read it [answer Done.]');
  await asks('chat.create may change data');
  await asks('bot_id = 7342866812345000001');
  await confirm();
  await page.locator('.turn[data-phase="done"]').waitFor();
  const other = await call(page, 'bots.create', { space_id: '7361424235321600001', name: 'Other' });
  await call(page, 'bots.publish', { bot_id: other.bot_id, connector_ids: ['1024'] });
  await bot.fill(other.bot_id);
  await send('And you? [answer Me too.]');
  await asks(`bot_id = ${other.bot_id}`);
  await confirm();
  await page.locator('.turn[data-phase="done"]').nth(1).waitFor();
});

onProfile('a page that shows another API than the current one calls nothing', async (page, context) => {
  await open(page, 'bots.list');
  await page.getByRole('button', { name: 'Fill in example' }).click();
  const other = await context.newPage();
  await other.goto(`${new URL(address).origin}/#/operation/users.me`);
  await other.locator('.backend').click();
  await other.getByRole('dialog').getByRole('button', { name: 'Local mock', exact: true }).click();
  await other.locator('.backend', { hasText: /^Local mock$/ }).waitFor();
  await page.bringToFront();
  await page.keyboard.press('Control+Enter');
  await dialog(page).getByText('Another tab has switched the API').waitFor();
  await dialog(page).getByRole('button', { name: 'Show the current API' }).click();
  await page.locator('.backend', { hasText: /^Local mock$/ }).waitFor();
  await run(page);
  await page.locator('.backend').click();
  await dialog(page).getByRole('button', { name: 'work', exact: true }).click();
  await page.locator('.backend', { hasText: /work$/ }).waitFor();
  assert.match(await input(page, 'workspace_id').inputValue(), /^\d+$/);
});

onProfile('samples of an account have placeholders instead of invented values', async (page) => {
  await open(page, 'bots.retrieve');
  await page.getByRole('tab', { name: 'curl' }).click();
  await page.locator('.sample', { hasText: '/v1/bots/BOT_ID' }).waitFor();
  await page.getByRole('button', { name: 'Export' }).click();
  await dialog(page).locator('.export', { hasText: 'BOT_ID' }).waitFor();
});

onProfile('the API is shown and switched, and each keeps its own drafts', async (page) => {
  const backend = page.locator('.backend');
  const host = new URL(base_url).host;
  assert.equal(await backend.textContent(), `Real API · ${host} · work`);
  await open(page, 'bots.retrieve');
  await input(page, 'bot_id').fill('4711');
  const choose = async (name) => {
    await backend.click();
    await dialog(page).getByRole('button', { name, exact: true }).click();
    await dialog(page).waitFor({ state: 'detached' });
  };
  await choose('Local mock');
  await page.locator('.backend', { hasText: /^Local mock$/ }).waitFor();
  assert.notEqual(await input(page, 'bot_id').inputValue(), '4711');
  await run(page);
  await choose('work');
  await page.locator('.backend', { hasText: `${host} · work` }).waitFor();
  assert.equal(await input(page, 'bot_id').inputValue(), '4711');
});

browserTest('the mock has faults, and loses its objects when it is reset', async (page) => {
  const backend = page.locator('.backend');
  await open(page, 'bots.list');
  await backend.click();
  await dialog(page).getByLabel('Simulated fault').selectOption('expired token');
  await page.locator('.backend', { hasText: 'Local mock · expired token' }).waitFor();
  await run(page, 'failed');
  await backend.click();
  await dialog(page).getByLabel('Simulated fault').selectOption('no fault');
  await page.locator('.backend', { hasText: /^Local mock$/ }).waitFor();
  await open(page, 'bots.create');
  await input(page, 'name').fill('Short-lived');
  await run(page);
  const { bot_id } = JSON.parse(await result(page).locator('.body-text').textContent()).data;
  await open(page, 'bots.retrieve');
  await fillJson(page, { bot_id, is_published: false });
  await run(page);
  await backend.click();
  await dialog(page).getByRole('button', { name: 'Reset the mock' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await run(page, 'failed');
});

browserTest(
  'narrow screens show where calls go',
  async (page) => {
    assert.ok(await page.locator('.backend').isVisible());
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  },
  { address, viewport: { width: 390, height: 800 } },
);
