// Tests of the chat widget in a browser. The texts in brackets are directives for the mock.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  answers, ask, BOT, bot, findings, ready, respondAsApp, respondWithEvents, serve, url, widgetTest,
  withChatBot, withOptions, withUi,
} from './widget-harness.mjs';

// An integration for the vendor's script. Only `src` is another one here.
const VENDOR = /https:\/\/lf-cdn\.coze\.cn\/[^"]+/;
const sample = readFileSync(new URL('fixtures/web-chat-client.html', import.meta.url), 'utf8');
assert.match(sample, VENDOR);

widgetTest(
  'the sample of the vendor runs with another src',
  sample.replace(VENDOR, '/widget/index.js'),
  async (page) => {
    const call = page.waitForRequest(/\/v3\/chat\?/);
    await ready(page);
    assert.equal(await page.locator('.title').textContent(), 'Tea');
    assert.equal(await page.locator('.footer').textContent(), 'By Us');
    assert.equal(await page.locator('.footer a').getAttribute('href'), 'https://example.com');
    await ask(page, 'My name is Ada. [answer Hello, **Ada**.]');
    assert.equal(await answers(page).locator('strong').textContent(), 'Ada');
    assert.equal(await page.locator('.author').textContent(), 'Ling');
    const avatar = page.locator('.author img.avatar');
    assert.equal(await avatar.getAttribute('src'), 'https://example.com/me.png');
    // The harness answers with an image.
    assert.equal(await avatar.evaluate(async (image) => (await image.decode(), image.naturalWidth)), 1);
    const request = await call;
    assert.equal(request.headers().authorization, 'Bearer pat_x');
    assert.equal(request.postDataJSON().connector_id, '999');
    assert.equal(await page.locator('.attach').count(), 1);
  },
);

widgetTest(
  'the oldest integration runs too',
  `<script src="/widget/index.js"></script>
  <script>
  new CozeWebSDK.WebChatClient({
    config: { bot_id: '${BOT}' },
    componentProps: { title: 'Old', lang: 'zh-CN', layout: 'pc', uploadable: false },
  });
  </script>`,
  async (page) => {
    await page.getByRole('button', { name: '打开对话' }).click();
    await ready(page);
    assert.equal(await page.locator('.title').textContent(), 'Old');
    assert.equal(await page.locator('.composer-input').getAttribute('placeholder'), '发送消息');
    assert.equal(await page.locator('.attach').count(), 0);
  },
);

widgetTest(
  'an app is chatted with through its chatflow',
  withOptions(`{ config: { type: 'app', appInfo: { appId: '1', workflowId: '2', parameters: { city: 'Kunming' } } } }`),
  async (page) => {
    await ready(page);
    assert.equal(await page.locator('.greeting-name').textContent(), 'Guide');
    await page.locator('.composer-input').fill('Hi');
    const [request] = await Promise.all([page.waitForRequest('**/v1/workflows/chat'), page.keyboard.press('Enter')]);
    const body = request.postDataJSON();
    assert.deepEqual([body.app_id, body.workflow_id, body.conversation_id, body.parameters], ['1', '2', '3', { city: 'Kunming' }]);
    await answers(page).filter({ hasText: 'Yes.' }).waitFor();
  },
  { route: respondAsApp },
);

widgetTest('the command chats with the bot of its option', '', async (page) => {
  const mock = await serve(['mock']);
  const headers = { authorization: 'Bearer pat_x', 'content-type': 'application/json' };
  const post = async (path, body) =>
    (await fetch(new URL(path, mock), { method: 'POST', headers, body: JSON.stringify(body) })).json();
  const { data } = await post('/v1/bot/create', { space_id: '7361424235321600001', name: 'Tea house' });
  await post('/v1/bot/publish', { bot_id: data.bot_id, connector_ids: ['1024'] });
  await page.goto(await serve(['widget', '--bot', data.bot_id, '--base-url', mock], { COZE_API_TOKEN: 'pat_x' }));
  await ready(page);
  assert.equal(await page.locator('.greeting-name').textContent(), 'Tea house');
  await ask(page, 'Hi [answer Hello.]');
  assert.equal(await answers(page).textContent(), 'Hello.');
});

widgetTest('the page of the command works under a strict policy', '', async (page) => {
  await ready(page);
  await ask(page, 'Hi [answer Hello.]');
  assert.match(await answers(page).textContent(), /Hello\./);
  assert.deepEqual(await findings(page), []);
});

widgetTest(
  'showing and hiding can be observed and refused',
  withOptions(
    `{ ${bot}, ui: { chatBot: {
      onBeforeShow: () => { window.log.push('before show'); return window.allow; },
      onShow: () => window.log.push('show'),
      onBeforeHide: async () => { window.log.push('before hide'); return window.allow; },
      onHide: () => window.log.push('hide'),
    } } }`,
    false,
  ).replace('window.client =', 'window.log = []; window.allow = false; window.client ='),
  async (page) => {
    const open = page.getByRole('button', { name: 'Open chat' });
    const log = () => page.evaluate(() => window.log.splice(0));
    await open.click();
    assert.deepEqual(await log(), ['before show']);
    assert.equal(await page.locator('.window').count(), 0);
    await page.evaluate(() => (window.allow = true));
    await open.press('Enter');
    await ready(page);
    assert.deepEqual(await log(), ['before show', 'show']);
    assert.equal(await open.isVisible(), false);
    await page.evaluate(() => (window.allow = false));
    await page.getByRole('button', { name: 'Close' }).click();
    assert.deepEqual(await log(), ['before hide']);
    await page.evaluate(() => (window.allow = true));
    await page.keyboard.press('Escape');
    await open.waitFor();
    assert.deepEqual(await log(), ['before hide', 'hide']);
    // The focus returns to the button.
    assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.className), 'icon-button launcher pc');
  },
);

widgetTest(
  'the client has its methods',
  withOptions(`{ ${bot}, auth: { type: 'token', onRefreshToken: (old) => { window.old = old; return 'mine'; } } }`, false),
  async (page) => {
    assert.equal(await page.evaluate(() => CozeWebSDK.WebChatClient.clients.length), 1);
    assert.equal(await page.evaluate(() => window.client.getToken()), 'mine');
    assert.equal(await page.evaluate(() => window.old), '');
    await page.evaluate(() => window.client.showChatBot());
    await ready(page);
    await page.evaluate(() => window.client.hideChatBot());
    assert.equal(await page.locator('.window').count(), 0);
    await page.evaluate(() => window.client.destroy());
    assert.equal(await page.locator('.coze-chat-sdk').count(), 0);
    assert.equal(await page.evaluate(() => CozeWebSDK.WebChatClient.clients.length), 0);
  },
);

const listen = `<script>window.errors = []; addEventListener('message', ({ data }) => window.errors.push(data));</script>`;

widgetTest(
  'a missing bot is reported',
  listen + withOptions('{ config: {} }'),
  async (page) => {
    await page.waitForFunction(() => window.errors.length);
    const [{ type, data }] = await page.evaluate(() => window.errors);
    assert.deepEqual([type, data.type], ['chat-sdk-error', 'INVALID_BOT_ID']);
    assert.equal(await page.locator('.coze-chat-sdk').count(), 0);
  },
  { expected: ['CozeWebSDK'] },
);

widgetTest(
  'a token that cannot be had is reported, and nothing is shown',
  listen + withOptions(`{ ${bot}, auth: { type: 'token', onRefreshToken: () => '' } }`),
  async (page) => {
    await page.waitForFunction(() => window.errors.length);
    const [{ data }] = await page.evaluate(() => window.errors);
    assert.deepEqual([data.type, data.code], ['OPEN_API_ERROR', 401]);
    assert.equal(await page.locator('.window').count(), 0);
  },
  { expected: ['CozeWebSDK'] },
);

widgetTest(
  'a bot that the server does not allow is reported and can be tried again',
  listen + withOptions(`{ config: { botId: '1' } }`),
  async (page) => {
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').textContent(), /does not exist, or this server does not allow it/);
    const [{ data }] = await page.evaluate(() => window.errors);
    assert.equal(data.type, 'OPEN_API_ERROR');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor();
    assert.deepEqual(await findings(page), []);
  },
  { expected: ['CozeWebSDK', 'Failed to load resource'] },
);

widgetTest(
  'a refused token is renewed',
  withOptions(`{ ${bot}, auth: { type: 'token', token: 'old', onRefreshToken: () => 'new' } }`),
  async (page) => {
    await ready(page);
    await ask(page, 'Hi [answer Hello.]');
    assert.match(await answers(page).textContent(), /Hello\./);
  },
  {
    expected: ['Failed to load resource'],
    route: (context) =>
      context.route('**/widget/v1/**', (call) =>
        call.request().headers().authorization === 'Bearer old'
          ? call.fulfill({ status: 401, body: '{"code":401,"msg":"expired"}' })
          : call.continue(),
      ),
  },
);

widgetTest(
  'options that are not supported are named once',
  withOptions(`{ config: { botId: '${BOT}', isIframe: true }, ui: { colors: 1 } }`, false),
  async (page) => {
    await page.getByRole('button', { name: 'Open chat' }).waitFor();
  },
  { expected: ['config.isIframe, ui.colors'] },
);

widgetTest(
  'feedback has a panel, and can be taken back',
  withChatBot(`feedback: { isNeedFeedback: true, feedbackPanel: { title: 'Why?', placeholder: 'More',
    tags: [{ label: 'Wrong' }, { label: 'Other', isNeedDetail: true }] } }`),
  async (page) => {
    const sent = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/feedback')) sent.push([request.method(), request.postDataJSON()]);
    });
    await ready(page);
    await ask(page, 'Hi [answer Hello.]');
    const like = page.getByRole('button', { name: 'Good answer' });
    await like.click();
    await page.locator('.rate-like[aria-pressed="true"]').waitFor();
    await like.click();
    await page.locator('.rate-like[aria-pressed="false"]').waitFor();
    await page.getByRole('button', { name: 'Bad answer' }).click();
    const panel = page.getByRole('dialog', { name: 'Why?' });
    assert.equal(await panel.getByLabel('More').isVisible(), false);
    await panel.getByRole('button', { name: 'Other' }).click();
    await panel.getByLabel('More').fill('Too short');
    assert.deepEqual(await findings(page), []);
    await panel.getByRole('button', { name: 'Send feedback' }).click();
    await page.getByText('Thank you for the feedback.').first().waitFor();
    assert.deepEqual(sent, [
      ['POST', { feedback_type: 'like' }],
      ['DELETE', null],
      ['POST', { feedback_type: 'unlike' }],
      ['POST', { feedback_type: 'unlike', comment: 'Too short', reason_types: ['Other'] }],
    ]);
  },
);

widgetTest(
  'conversations are listed, opened, renamed and deleted',
  withUi('conversations: { isNeed: true }, chatBot: { width: 900 }'),
  async (page) => {
    await ready(page);
    const list = page.getByRole('navigation', { name: 'Conversations' });
    await ask(page, 'The first question [answer One.]');
    await list.getByRole('button', { name: /^The first question/ }).first().waitFor();
    await list.getByRole('button', { name: 'New conversation', exact: true }).first().click();
    await answers(page).waitFor({ state: 'detached' });
    await ask(page, 'The second question [answer Two.]');
    await list.getByRole('button', { name: /^The first question/ }).first().click();
    await answers(page).filter({ hasText: 'One.' }).waitFor();
    const more = list.getByRole('button', { name: /^More: The first/ });
    await more.click();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Name').fill('Renamed');
    await page.keyboard.press('Enter');
    await list.getByRole('button', { name: 'Renamed', exact: true }).waitFor();
    assert.deepEqual(await findings(page), []);
    await list.getByRole('button', { name: 'More: Renamed' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await list.getByRole('button', { name: 'Renamed', exact: true }).waitFor({ state: 'detached' });
    await answers(page).waitFor({ state: 'detached' });
  },
);

widgetTest('a conversation continues after the page is loaded again', withUi(''), async (page, context) => {
  await ready(page);
  await ask(page, 'Remember this [answer Noted.]');
  await page.reload();
  await answers(page).filter({ hasText: 'Noted.' }).waitFor();
  // Another browser is another visitor.
  const other = await context.browser().newContext();
  const stranger = await other.newPage();
  await stranger.goto(url);
  await ready(stranger);
  assert.equal(await stranger.locator('.entry').count(), 0);
  await other.close();
});

widgetTest('a running answer can be stopped, and asked for again', withUi(''), async (page) => {
  await ready(page);
  await page.locator('.composer-input').fill('[hold]');
  const started = page.waitForResponse(/\/v3\/chat\?/);
  await page.keyboard.press('Enter');
  await started;
  const canceled = page.waitForResponse('**/v3/chat/cancel');
  await page.getByRole('button', { name: 'Stop answering' }).click();
  assert.equal((await canceled).status(), 200);
  await ask(page, 'Hi [answer Hello.]');
  const again = page.waitForRequest(/\/v3\/chat\?/);
  await page.getByRole('button', { name: 'Answer again' }).click();
  await again;
  await answers(page).filter({ hasText: 'Hello.' }).waitFor();
  assert.equal(await page.locator('.entry.question').count(), 2);
  assert.equal(await answers(page).filter({ hasText: 'Hello.' }).count(), 1);
});

widgetTest('a failed answer can be tried again', withUi(''), async (page) => {
  await ready(page);
  await ask(page, 'Hi [fail 5000 The model is tired]');
  const alert = page.getByRole('alert');
  assert.match(await alert.textContent(), /The model is tired/);
  assert.deepEqual(await findings(page), []);
  const again = page.waitForResponse(/\/v3\/chat\?/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await again;
  await alert.waitFor();
  assert.equal(await alert.count(), 1);
});

widgetTest('suggested questions are sent, and messages deleted', withUi(''), async (page) => {
  await ready(page);
  await ask(page, 'Hi [answer Hello.] [suggest What else?]');
  await page.getByRole('button', { name: 'What else?' }).click();
  await page.locator('.entry.question .bubble', { hasText: /^What else\?$/ }).waitFor();
  await page.locator('.entry.last .delete').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await answers(page).nth(1).waitFor({ state: 'detached' });
});

const answerEvents = (content, more = []) => [
  ['conversation.chat.created', { id: 'c' }],
  ...more,
  ['conversation.message.completed', { id: 'a', type: 'answer', content }],
  ['conversation.chat.completed', {}],
];

widgetTest(
  'Markdown is rendered, and HTML stays text',
  withUi(''),
  async (page) => {
    await ready(page);
    await ask(page, 'Hi');
    const answer = answers(page);
    assert.match(await answer.textContent(), /<img src=x onerror="window\.hacked = 1">/);
    assert.deepEqual(await answer.locator('a').evaluateAll((all) => all.map((each) => each.getAttribute('href'))), ['https://example.com/']);
    assert.equal(await answer.locator('td').count(), 2);
    assert.equal(await answer.locator('pre code').textContent(), 'a < b');
    assert.equal(await answer.locator('script, iframe, style').count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    // The style of the page does not reach the widget.
    const style = await answer.evaluate((node) => [getComputedStyle(node).color, getComputedStyle(node).letterSpacing]);
    assert.deepEqual(style, ['rgb(29, 33, 41)', 'normal']);
    await answer.getByRole('button', { name: 'A cup' }).click();
    await page.getByRole('dialog', { name: 'Image preview' }).waitFor();
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await page.locator('.window').count(), 1);
  },
  {
    expected: ['Failed to load resource'],
    route: (context) =>
      respondWithEvents(context, answerEvents([
        '# Title', '<img src=x onerror="window.hacked = 1"> <script>window.hacked = 1</script>',
        '[safe](https://example.com/) [bad](javascript:window.hacked=1) ![A cup](https://example.invalid/cup.png)',
        '| a | b |\n|---|---|\n| 1 | 2 |', '```\na < b\n```', '<iframe src="javascript:window.hacked=1"></iframe>',
      ].join('\n\n'))),
  },
);

const TOOLS = [
  ['conversation.message.completed', { id: 't', type: 'function_call', content: '{"name":"find","arguments":{"q":1}}' }],
  ['conversation.message.completed', { id: 'r', type: 'tool_response', content: '{"found":true}' }],
];
const withTools = { route: (context) => respondWithEvents(context, answerEvents('Yes', TOOLS)) };

widgetTest('tools are shown with input and output', withUi(''), async (page) => {
  await ready(page);
  await ask(page, 'Hi');
  await page.getByText('Used find').click();
  assert.match(await page.locator('.tool-body').textContent(), /"q": 1[\s\S]*"found": true/);
}, withTools);

widgetTest('tools can be hidden', withChatBot('isNeedFunctionCallMessage: false'), async (page) => {
  await ready(page);
  await ask(page, 'Hi');
  await answers(page).waitFor();
  assert.equal(await page.locator('.entry.tool').count(), 0);
}, withTools);

widgetTest('cards show their texts and choices', withUi(''), async (page) => {
  await ready(page);
  await ask(page, 'Hi');
  const [request] = await Promise.all([
    page.waitForRequest(/\/v3\/chat\?/),
    page.locator('.card').getByRole('button', { name: 'Tea' }).click(),
  ]);
  assert.equal(request.postDataJSON().additional_messages[0].content, 'Tea');
}, {
  route: (context) => respondWithEvents(context, [
    ['conversation.message.completed', { id: 'a', type: 'answer', content_type: 'card', content: '{"question":"Which?","options":["Tea"]}' }],
    ['conversation.chat.completed', {}],
  ]),
});

widgetTest('files and images are uploaded and sent', withUi(''), async (page) => {
  await ready(page);
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
  const pick = async (files) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Add files' }).click()]);
    await chooser.setFiles(files);
  };
  await pick([{ name: 'cup.png', mimeType: 'image/png', buffer: png }, { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('milk') }]);
  await page.locator('.attachment .file-size').nth(1).waitFor();
  assert.deepEqual(await findings(page), []);
  await pick({ name: 'other.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
  await page.getByRole('button', { name: 'Remove other.txt' }).click();
  const sent = page.waitForRequest(/\/v3\/chat\?/);
  await ask(page, 'What is this? [answer A cup.]');
  const [message] = (await sent).postDataJSON().additional_messages;
  const items = JSON.parse(message.content);
  assert.deepEqual(items.map(({ type }) => type), ['image', 'file', 'text']);
  assert.ok(items[0].file_id && items[1].file_id);
  await page.getByRole('button', { name: 'cup.png' }).click();
  await page.getByRole('dialog', { name: 'Image preview' }).waitFor();
  await page.keyboard.press('Escape');
  const many = Array.from({ length: 7 }, (_, at) => ({ name: `${at}.txt`, mimeType: 'text/plain', buffer: Buffer.from('x') }));
  await pick(many);
  await page.locator('.notice.error').waitFor();
  // The server refuses too many uploads at the same time, so that one follows the other.
  await page.locator('.attachment .file-size').nth(5).waitFor();
  assert.equal(await page.locator('.attachment').count(), 6);
});

widgetTest('speech is transcribed', withUi(''), async (page) => {
  await ready(page);
  await page.getByRole('button', { name: 'Speak' }).click();
  await page.getByText(/^Listening… 0:0[1-9]/).waitFor();
  assert.deepEqual(await findings(page), []);
  const [request] = await Promise.all([
    page.waitForRequest('**/v1/audio/transcriptions'),
    page.getByRole('button', { name: 'Stop recording' }).click(),
  ]);
  assert.equal((await request.response()).status(), 200);
  await page.waitForFunction(() => document.querySelector('.coze-chat-sdk').shadowRoot.querySelector('.composer-input').value);
  await page.getByRole('button', { name: 'Speak' }).click();
  await page.getByRole('button', { name: 'Discard the recording' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
}, { permissions: ['microphone'] });

widgetTest('answers are read aloud', withUi(''), async (page) => {
  await ready(page);
  await ask(page, 'Hi [answer Hello.]');
  const [request] = await Promise.all([page.waitForRequest('**/v1/audio/speech'), page.getByRole('button', { name: 'Read aloud' }).click()]);
  assert.equal(request.postDataJSON().input, 'Hello.');
  await page.getByRole('button', { name: 'Stop reading' }).waitFor();
  await page.getByRole('button', { name: 'Read aloud' }).waitFor();
});

widgetTest('older messages are loaded on demand', withUi(''), async (page) => {
  await ready(page);
  for (let at = 1; at <= 6; at += 1) await ask(page, `Question ${at} [answer Answer ${at}.]`);
  await page.reload();
  await page.getByRole('button', { name: 'Earlier messages' }).click();
  await answers(page).filter({ hasText: 'Answer 1.' }).waitFor();
  assert.equal(await answers(page).count(), 6);
  assert.equal(await page.locator('.greeting').isVisible(), true);
});

widgetTest('Enter in the middle of Chinese input does not send', withUi(''), async (page) => {
  await ready(page);
  const input = page.locator('.composer-input');
  await input.fill('ni hao');
  await input.evaluate((node) => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })));
  await input.press('Shift+Enter');
  assert.equal(await input.inputValue(), 'ni hao\n');
  assert.equal(await page.locator('.entry.question').count(), 0);
});

for (const [name, options] of [
  ['a wide screen', {}],
  ['a dark screen in Chinese', { colorScheme: 'dark', lang: 'zh-CN' }],
  ['a narrow screen', { viewport: { width: 390, height: 800 } }],
]) {
  const ui = `base: { lang: '${options.lang ?? 'en'}' }, conversations: { isNeed: true }, chatBot: { isNeedQuote: true,
    isNeedClearContext: true, isNeedAddNewConversation: true, feedback: { isNeedFeedback: true } }`;
  widgetTest(`axe-core has no finding on ${name}, and nothing is wider than the window`, withUi(ui), async (page) => {
    await ready(page);
    assert.deepEqual(await findings(page), [], 'the greeting');
    await ask(page, 'Hi [think Hm.] [answer # Title\n\n- `code` and [link](https://example.com)\n\n```\ncode\n```] [suggest What else?]');
    assert.deepEqual(await findings(page), [], 'an answer');
    await page.locator('.list-button').click();
    await page.locator('.sidebar').waitFor();
    assert.deepEqual(await findings(page), [], 'the list');
    const wide = await page.locator('.window').evaluate((node) => node.scrollWidth > node.clientWidth);
    assert.equal(wide, false);
  }, options);
}
