// Tests of the view "Get started", on the mock and on a real API.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { browserTest, call, serve } from './harness.mjs';

const home = await mkdtemp(join(tmpdir(), 'coze-playground-'));
after(() => rm(home, { recursive: true }));
const base_url = await serve(['mock']);
const profile = { kind: 'token', token: 'pat_real', base_url };
await writeFile(join(home, 'work.profile.json'), JSON.stringify(profile), { mode: 0o600 });
const address = await serve(['playground', '--profile', 'work'], { COZE_CONFIG_DIR: home });

const openGuide = async (page, name = 'Get started') => {
  await page.getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
};
const step = (page, number) => page.locator('.step').nth(number - 1);
const reached = (page, number, phase = 'done') =>
  page.locator(`.step:nth-child(${number})[data-phase="${phase}"]`).waitFor();

browserTest('from the token to the first answer on the mock', async (page) => {
  await openGuide(page);
  for (const number of [1, 2, 3, 4]) await reached(page, number);
  await step(page, 2).locator('code', { hasText: '2478774393201234' }).waitFor();
  assert.match(await step(page, 1).textContent(), /accepts any token[^]*bots\.publish/);
  await step(page, 5).getByLabel('Question').fill('Hello [answer Good morning.]');
  await step(page, 5).getByRole('button', { name: 'Ask' }).click();
  await step(page, 5).getByText('Good morning.').waitFor();
  await reached(page, 5);
  // The answer is announced once, and not for each of its parts.
  assert.equal(await step(page, 5).locator('.bubble[aria-live]').count(), 0);
  assert.equal(await step(page, 5).locator('[aria-busy]').count(), 0);
  await step(page, 5).getByRole('button', { name: 'See the request and the code' }).click();
  await page.locator('.subtitle code', { hasText: 'chat.create' }).waitFor();
  await page.goBack();
  await openGuide(page);
  await reached(page, 4);
  assert.equal(await page.getByLabel('Question').inputValue(), 'Hello [answer Good morning.]');
  await page.getByLabel('Question').press('Enter');
  await step(page, 5).getByRole('button', { name: 'Continue in the chat' }).click();
  assert.equal(await page.getByLabel('Bot', { exact: true }).inputValue(), '7342866812345000001');
});

browserTest(
  'a bot that is not published is published after a confirmation',
  async (page) => {
    const { bot_id } = await call(page, 'bots.create', { space_id: '7361424235321600001', name: 'New' });
    await openGuide(page);
    assert.match(await step(page, 1).textContent(), /token of “work” at http/);
    await reached(page, 4);
    await page.getByLabel('Bot', { exact: true }).selectOption(bot_id);
    await step(page, 4).getByRole('button', { name: 'Publish' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`bot_id = ${bot_id}`).waitFor();
    await dialog.getByRole('button', { name: 'Run' }).click();
    await step(page, 4).getByText('The bot is published.').waitFor();
    await step(page, 5).getByRole('button', { name: 'Ask' }).click();
    await dialog.getByRole('button', { name: 'Run' }).click();
    await step(page, 5).getByText('You said: What can you do?').waitFor();
    // The chosen bot is the one of the forms and of the chat.
    await page.goto(`${new URL(page.url()).origin}/#/operation/bots.retrieve`);
    assert.equal(await page.locator('.field[data-name="bot_id"] input').inputValue(), bot_id);
  },
  { address },
);

browserTest('a refused token leads to the page for tokens', async (page) => {
  await page.route('**/api/call', (route) =>
    route.fulfill({
      contentType: 'application/x-ndjson',
      body: '{"kind":"error","message":"authentication is invalid","code":4100,"status":401}\n{"kind":"end","ms":1}\n',
    }),
  );
  await openGuide(page);
  await step(page, 2).getByText('4100: authentication is invalid').waitFor();
  await page.unroute('**/api/call');
  await step(page, 2).getByRole('button', { name: 'Try again' }).click();
  await reached(page, 4);
});

browserTest(
  'the view is in Chinese, and fits narrow screens',
  async (page) => {
    await openGuide(page, '快速开始');
    await reached(page, 4);
    await step(page, 4).getByText('智能体已发布。').waitFor();
    const { scroll, width } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      width: document.documentElement.clientWidth,
    }));
    assert.equal(scroll, width);
  },
  { locale: 'zh-CN', viewport: { width: 390, height: 800 } },
);
