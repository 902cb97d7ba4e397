// Tests of the chat widget in a browser: what messages contain, shortcuts, and what servers refuse.

import assert from 'node:assert/strict';
import {
  answers, ask, bot, BOT, findings, ready, respond, respondWithEvents, url, widgetTest, withChatBot,
  withOptions, withUi,
} from './widget-harness.mjs';

const input = (page) => page.locator('.composer-input');
const note = { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('milk') };

async function attach(page, files) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Add files' }).click()]);
  await chooser.setFiles(files);
  await page.locator('.attachment .file-size').waitFor();
}

widgetTest('files are sent with a text only, as the platform requires', withUi(''), async (page) => {
  await ready(page);
  await attach(page, note);
  const hint = page.getByText('Write something about the files to send them.');
  await hint.waitFor();
  const send = page.getByRole('button', { name: 'Send', exact: true });
  assert.equal(await send.isEnabled(), false);
  await input(page).press('Enter');
  assert.equal(await page.locator('.entry').count(), 0);
  assert.deepEqual(await findings(page), []);
  await input(page).fill('What is on the list? [answer Milk.]');
  assert.equal(await hint.isVisible(), false);
  const [request] = await Promise.all([page.waitForRequest(/\/v3\/chat\?/), send.click()]);
  const items = JSON.parse(request.postDataJSON().additional_messages[0].content);
  assert.deepEqual(items.map(({ type }) => type), ['file', 'text']);
  await answers(page).filter({ hasText: 'Milk.' }).waitFor();
});

const PARTS = [
  { type: 'text', text: '**Here** it is' },
  { type: 'image', file_url: 'https://example.com/cup.png', name: 'cup.png' },
  { type: 'file', file_url: 'https://example.com/menu.pdf' },
];

widgetTest(
  'an answer of several parts shows its texts, images and files',
  withUi(''),
  async (page) => {
    await ready(page);
    await ask(page, 'Hi');
    assert.equal(await answers(page).textContent(), 'Here it is');
    assert.equal(await answers(page).locator('strong').textContent(), 'Here');
    // A file without a name is called a file.
    const file = page.locator('.entry.answer .file-card');
    assert.deepEqual([await file.textContent(), await file.getAttribute('href')], ['File', 'https://example.com/menu.pdf']);
    await page.locator('.entry.answer').getByRole('button', { name: 'cup.png' }).click();
    await page.getByRole('dialog', { name: 'Image preview' }).waitFor();
    assert.deepEqual(await findings(page), []);
  },
  {
    route: (context) => respondWithEvents(context, [
      ['conversation.chat.created', { id: 'c' }],
      ['conversation.message.completed', { id: 'a', type: 'answer', content_type: 'object_string', content: JSON.stringify(PARTS) }],
      ['conversation.chat.completed', {}],
    ]),
  },
);

const SHORTCUTS = [
  {
    id: '7', name: 'News', query_template: 'News about {{topic}} in {{place}} [answer None.]',
    components: [
      { name: 'topic', type: 'text', description: 'Anything that interests you' },
      { name: 'place', type: 'select', options: ['Kunming', 'Dali'], default_value: 'Dali' },
      { name: 'map', type: 'file', options: ['image'] },
      { name: 'tone', type: 'text', default_value: 'short', is_hide: true },
    ],
  },
  { id: '8', name: 'Weather', query_template: 'How is the weather? [answer Fine.]', components: [] },
];

widgetTest(
  'a shortcut asks for its inputs, and sends them',
  withUi(''),
  async (page) => {
    await ready(page);
    const dialog = page.getByRole('dialog', { name: 'News' });
    await page.getByRole('button', { name: 'News' }).click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'News' }).click();
    assert.equal(await dialog.getByLabel('place').inputValue(), 'Dali');
    assert.equal(await dialog.getByLabel('tone').count(), 0);
    assert.deepEqual(await findings(page), []);
    // An empty input is not sent.
    await page.keyboard.press('Enter');
    assert.equal(await dialog.isVisible(), true);
    await dialog.getByLabel('topic').fill('tea');
    await dialog.getByLabel('place').selectOption('Kunming');
    await dialog.getByLabel('map').setInputFiles({ ...note, name: 'map.png', mimeType: 'image/png' });
    const [request] = await Promise.all([page.waitForRequest(/\/v3\/chat\?/), dialog.getByRole('button', { name: 'Send' }).click()]);
    const body = request.postDataJSON();
    assert.equal(body.additional_messages[0].content, 'News about tea in Kunming [answer None.]');
    const { command_id, parameters } = body.shortcut_command;
    const values = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, JSON.parse(value)]));
    assert.match(values.map[0].file_id, /^\d+$/);
    values.map[0].file_id = 'x';
    assert.deepEqual([command_id, values], ['7', {
      topic: [{ type: 'text', text: 'tea' }],
      place: [{ type: 'text', text: 'Kunming' }],
      map: [{ type: 'image', file_id: 'x' }],
      tone: [{ type: 'text', text: 'short' }],
    }]);
    await page.locator('.composer .send:not(.stop)').waitFor();
    const [simple] = await Promise.all([page.waitForRequest(/\/v3\/chat\?/), page.getByRole('button', { name: 'Weather' }).click()]);
    assert.deepEqual(simple.postDataJSON().shortcut_command, { command_id: '8', parameters: {} });
  },
  { route: (context) => respond(context, '**/v1/bots/*', { name: 'Tea', shortcut_commands: SHORTCUTS }) },
);

/** Returns a page for a user, with the script of the widget. */
const pageOf = (id) => withOptions(`{ ${bot}, userInfo: { id: '${id}', nickname: '${id}' } }`);

widgetTest('people who share a browser do not share conversations', pageOf('ling'), async (page, context) => {
  await ready(page);
  await ask(page, 'A secret of Ling [answer Noted.]');
  const other = await context.newPage();
  await context.route(`${url}mei.html`, (call) =>
    call.fulfill({ contentType: 'text/html; charset=utf-8', body: `<!doctype html><title>Mei</title><body>${pageOf('mei')}` }),
  );
  await other.goto(`${url}mei.html`);
  await ready(other);
  assert.equal(await other.locator('.entry').count(), 0);
  await ask(other, 'A question of Mei [answer Yes.]');
  await other.close();
  await page.reload();
  await answers(page).filter({ hasText: 'Noted.' }).waitFor();
  assert.equal(await page.getByText('A question of Mei').count(), 0);
});

const chinese = withUi(`base: { lang: 'zh-CN' }`);

widgetTest('a message that is too large is explained in Chinese', chinese, async (page) => {
  await ready(page);
  // The server accepts 256 KiB.
  await ask(page, 'x'.repeat(300_000));
  assert.equal(await page.getByRole('alert').locator('span').textContent(), '回答失败：内容过大。');
}, { expected: ['Failed to load resource'] });

widgetTest('too many calls are explained in Chinese, and the platform in its own words', chinese, async (page) => {
  await ready(page);
  await ask(page, 'Hi');
  await page.getByRole('alert').getByText('回答失败：请求过于频繁，请稍后再试。', { exact: true }).waitFor();
  await ask(page, 'Hi again');
  await page.getByRole('alert').getByText('回答失败：bot not published', { exact: true }).waitFor();
}, {
  expected: ['Failed to load resource'],
  route: async (context) => {
    await respond(context, '**/v3/chat?*', { code: 4015, msg: 'bot not published' }, 400);
    await context.route('**/v3/chat?*', (call) =>
      call.request().postDataJSON().additional_messages[0].content === 'Hi'
        ? call.fulfill({ status: 429, body: '{"code":429,"msg":"too many requests; wait a moment"}' })
        : call.fallback(),
    );
  },
});

/** The response of the widget's server to calls that Coze Studio lacks. */
const MISSING = { code: 501, msg: 'the platform does not have this call' };

widgetTest('the buttons for feedback disappear if the platform lacks it', withChatBot('feedback: { isNeedFeedback: true }'), async (page) => {
  await ready(page);
  await ask(page, 'Hi [answer Hello.]');
  await page.getByRole('button', { name: 'Good answer' }).click();
  await page.locator('.notice.error').waitFor();
  await page.locator('.rate-like').waitFor({ state: 'detached' });
  assert.equal(await page.locator('.entry.last .delete').count(), 1);
}, { expected: ['Failed to load resource'], route: (context) => respond(context, '**/feedback', MISSING, 501) });

widgetTest('the buttons that delete messages disappear if the platform lacks it', withUi(''), async (page) => {
  await ready(page);
  await ask(page, 'Hi [answer Hello.]');
  await page.locator('.entry.last .delete').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.locator('.notice.error').waitFor();
  await page.locator('.delete').first().waitFor({ state: 'detached' });
  assert.equal(await page.locator('.delete').count(), 0);
  assert.equal(await answers(page).count(), 1);
}, { expected: ['Failed to load resource'], route: (context) => respond(context, '**/message/delete', MISSING, 501) });

widgetTest('the page is not asked for a token if that of the program was refused', withOptions(
  `{ config: { botId: '${BOT}' }, auth: { type: 'token', token: 'mine', onRefreshToken: () => { window.asked = true; return 'new'; } } }`), async (page) => {
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').textContent(), /the token is not valid/);
  assert.equal(await page.evaluate(() => window.asked), undefined);
}, {
  expected: ['CozeWebSDK', 'Failed to load resource'],
  route: (context) => respond(context, '**/v1/bots/*', { code: 4100, msg: 'the token is not valid' }, 502),
});
