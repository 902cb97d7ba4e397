// Tests of the playground with a profile, whose API is a separate mock.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { browserTest, open, result, run, serve } from './harness.mjs';

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

const onProfile = (name, body) => browserTest(name, body, { address });
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
    await run(page);
  }
  await open(page, 'bots.create');
  await page.keyboard.press('Control+Enter');
  await dialog(page)
    .getByText('bots.create may change data of the account of profile “work”')
    .waitFor();
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
