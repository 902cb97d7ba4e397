// Tests of the operation list: search, keyboard navigation and deep links.

import assert from 'node:assert/strict';
import { browserTest, open, operations, origin } from './harness.mjs';

const search = (page) => page.getByRole('searchbox');
const entries = (page) => page.locator('.operations a');

browserTest('all operations are listed in groups', async (page) => {
  const all = await operations(page);
  assert.ok(all.length >= 100);
  assert.equal(await entries(page).count(), all.length);
  assert.equal(
    await page.locator('.operations summary').count(),
    new Set(all.map((each) => each.id.split('.')[0])).size,
  );
  const ids = await page.locator('.operations .id').allTextContents();
  assert.deepEqual([...ids].sort(), all.map((each) => each.id).sort());
});

for (const [property, query, id] of [
  ['the id', 'audio.speech', 'audio.speech.create'],
  ['words of the English title', 'creates bot', 'bots.create'],
  ['the Chinese title', '创建智能体', 'bots.create'],
  ['the path', '/v1/files/upload', 'files.upload'],
  ['the name of the group', 'knowledge bases', 'datasets.images.update'],
  ['the permission', 'listVoice', 'audio.voices.list'],
  ['an English abbreviation', 'ASR', 'audio.transcriptions.create'],
  ['another English abbreviation', 'tts', 'audio.speech.create'],
  ['a synonym of two words', 'tool call', 'chat.submit_tool_outputs'],
  ['a Chinese synonym', '文字转语音', 'audio.speech.create'],
  ['a short Chinese word of a description', '语速', 'audio.speech.create'],
  ['RTC', 'RTC', 'audio.rooms.create'],
  ['webhook', 'webhook', 'api_apps.events.create'],
  ['Latin and Chinese words together', 'bot列表', 'bots.list'],
  ['the name of a parameter', 'auto_save_history', 'chat.create'],
  ['the mark deprecated', 'deprecated', 'bots.list_published'],
]) {
  browserTest(`search by ${property}`, async (page) => {
    await search(page).fill(query);
    const ids = await page.locator('.operations .id').allTextContents();
    assert.ok(ids.includes(id), `${ids}`);
    assert.ok(ids.length < 20, `${ids.length}`);
  });
}

browserTest('groups fold, the list hides, and both stay so', async (page) => {
  await open(page, 'users.me');
  const bots = page.locator('.operations .group', { hasText: 'bots.create' });
  await bots.locator('summary').click();
  assert.equal(await bots.getByText('bots.create').isVisible(), false);
  await search(page).fill('bots.create');
  assert.ok(await page.locator('.operations a').first().isVisible());
  await search(page).press('Escape');
  await page.getByRole('button', { name: 'Operations' }).click();
  assert.equal(await search(page).isVisible(), false);
  await page.waitForTimeout(600);
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await search(page).isVisible(), false);
  await page.keyboard.press('/');
  await search(page).waitFor();
  assert.equal(await bots.getByText('bots.create').isVisible(), false);
});

browserTest('without its pin, the list is a drawer at every width', async (page) => {
  await open(page, 'users.me');
  const pin = page.getByRole('button', { name: 'Pin', exact: true });
  const menu = page.getByRole('button', { name: 'Operations' });
  assert.equal(await pin.getAttribute('aria-pressed'), 'true');
  assert.equal(await menu.getAttribute('aria-expanded'), 'true');
  const left = () => page.locator('.page').evaluate((each) => each.getBoundingClientRect().left);
  const beside = await left();
  await pin.click();
  assert.equal(await search(page).isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.className), 'quiet icon menu');
  assert.equal(await left(), 0);
  await menu.click();
  await search(page).fill('bots.list');
  assert.equal(await left(), 0);
  await search(page).press('Enter');
  await page.waitForURL('**/#/operation/bots.list');
  assert.equal(await search(page).isVisible(), false);
  assert.equal(await menu.getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('/');
  await pin.click();
  assert.equal(await left(), beside);
  await entries(page).first().click();
  assert.ok(await search(page).isVisible());
});

browserTest('the operations are one tab stop', async (page) => {
  await open(page, 'bots.list');
  assert.equal(await page.locator('.operations a:not([tabindex="-1"])').count(), 1);
});

browserTest('a search without results says so and Escape clears it', async (page) => {
  const all = await entries(page).count();
  await search(page).fill('xyzzy');
  await page.getByText('No operation matches.').waitFor();
  await search(page).press('Escape');
  assert.equal(await entries(page).count(), all);
});

browserTest('keyboard navigation with slash, Enter and arrows', async (page) => {
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('/');
  await page.keyboard.type('files.');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/operation\/files\./);
  await search(page).press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const focused = await page.evaluate(() => document.activeElement.dataset.id);
  assert.equal(focused, await entries(page).nth(1).getAttribute('data-id'));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/#/operation/${focused}`);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
});

browserTest('a deep link opens an operation', async (page) => {
  await open(page, 'bots.create');
  await page.getByRole('heading', { level: 1, name: 'Create a bot' }).waitFor();
  const information = page.locator('.information');
  assert.match(await information.textContent(), /POST\/v1\/bot\/create/);
  assert.match(await information.locator('.facts').textContent(), /createBot/);
  const documentation = information.locator('.facts a');
  assert.equal(await documentation.getAttribute('rel'), 'noopener noreferrer');
  assert.match(await documentation.getAttribute('href'), /^https:\/\//);
  assert.equal(
    await page.locator('.operations a[aria-current]').getAttribute('data-id'),
    'bots.create',
  );
  await information.locator('.markdown a', { hasText: 'bots.publish' }).click();
  await page.waitForURL('**/#/operation/bots.publish');
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Create a bot' }).waitFor();
});

browserTest(
  'only operations that may change data are marked, whatever their method',
  async (page) => {
    const mark = page.locator('.information .mark', { hasText: 'may change data' });
    for (const [id, changes] of [
      ['datasets.process', 0],
      ['conversations.messages.list', 0],
      ['datasets.documents.update', 1],
      ['chat.cancel', 1],
    ]) {
      await open(page, id);
      assert.equal(await mark.count(), changes, id);
    }
  },
);

browserTest('the titles of all operations are commands', async (page) => {
  await open(page, 'bots.create');
  const titles = await page.locator('.operations .title').allTextContents();
  assert.ok(titles.length > 100, `${titles.length}`);
  const wrong = titles.filter((title) => /^[A-Z][a-z]*[^s]s\b|\b(and|or) [a-z]+s (an?|the|its?)\b/.test(title));
  assert.deepEqual(wrong, []);
  for (const title of [
    'Publish the draft of a bot to',
    'Copy',
    'Run a published workflow and stream the output of its nodes',
    'Remove a member from an enterprise and transfer the member\'s resources',
    'List or search the paid plugins in the store',
    'Submit the results of requested tool calls and continue the chat',
    'Retrieve a plugin and its tools',
  ]) assert.ok(titles.some((each) => each.startsWith(title)), title);
});

browserTest('a deep link to an unknown operation says so', async (page) => {
  await page.goto(`${origin}/#/operation/no.such`);
  await page.getByText('Unknown operation “no.such”.').waitFor();
});

browserTest('an unknown operation is named, also in the title of the window', async (page) => {
  await page.goto(`${origin}/#/operation/bots.none`);
  await page.getByRole('alert').getByText('Unknown operation “bots.none”.').waitFor();
  assert.equal(await page.title(), 'Unknown operation “bots.none”. · Coze API Playground');
  await open(page, 'bots.list');
  assert.match(await page.title(), /^List .* · Coze API Playground$/);
});
