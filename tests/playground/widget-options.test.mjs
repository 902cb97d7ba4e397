// Tests of the options of the chat widget, one by one.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KNOWN } from '../../coze-widget/page/options.js';
import {
  answers, ask, BOT, bot, boxOf, ready, respondAsApp, widgetTest, withChatBot, withOptions, withUi,
} from './widget-harness.mjs';

const header = (page) => page.locator('.header');
const style = (page, name) => page.locator('.window').evaluate((node, name) => getComputedStyle(node)[name], name);
const PICTURE = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** Shows the chat, and returns the request that matches. */
const showAndCatch = async (page, matches) => {
  const [request] = await Promise.all([page.waitForRequest(matches), page.evaluate(() => window.client.showChatBot())]);
  return request;
};

/** Sends a question, and returns its request. */
const askAndCatch = async (page) => {
  const [request] = await Promise.all([page.waitForRequest(/\/(v3|workflows)\/chat/), ask(page, 'Hi [answer Hello.]')]);
  return request;
};

/** The options of each row, the script of its page, its test, and settings of the test. */
const ROWS = [
  [['config.botInfo.botId', 'config.botInfo.parameters.*'], withOptions(`{ config: { botInfo: { botId: '${BOT}', parameters: { city: 'Kunming', days: 2 } } } }`), async (page) => {
    await ready(page);
    const body = (await askAndCatch(page)).postDataJSON();
    assert.deepEqual([body.bot_id, body.parameters], [BOT, { city: 'Kunming', days: 2 }]);
    await answers(page).filter({ hasText: 'Hello.' }).waitFor();
  }],
  [['config.appInfo.conversationName', 'config.appInfo.version', 'config.appInfo.parameters.*'], withOptions(`{ config: { type: 'app', appInfo: {
    appId: '1', workflowId: '2', conversationName: 'Tours', version: 'v0.0.3', parameters: { city: 'Kunming' } } } }`, false), async (page) => {
    const urls = [];
    page.on('request', (request) => urls.push(request.url()));
    const created = await showAndCatch(page, '**/v1/conversation/create');
    assert.equal(created.postDataJSON().conversation_name, 'Tours');
    await ready(page);
    for (const path of ['/v1/apps/1', '/v1/workflows/2'])
      assert.equal(new URL(urls.find((each) => each.includes(path))).searchParams.get('version'), 'v0.0.3');
    const body = (await askAndCatch(page)).postDataJSON();
    assert.deepEqual([body.version, body.parameters, body.suggest_reply_info], ['v0.0.3', { city: 'Kunming' }, { suggest_reply_mode: '1' }]);
  }, { route: (context) => respondAsApp(context, { name: 'Guide', suggest_reply_info: { suggest_reply_mode: '1' } }) }],
  [['config.baseUrl'], withOptions(`{ config: { botId: '${BOT}', baseUrl: '/elsewhere/' } }`), async (page) => {
    await ready(page);
    await ask(page, 'Hi [answer Hello.]');
    await answers(page).filter({ hasText: 'Hello.' }).waitFor();
    const calls = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname));
    assert.ok(calls.includes('/elsewhere/v3/chat') && calls.includes(`/elsewhere/v1/bots/${BOT}`), calls.join());
    assert.ok(!calls.some((each) => each.startsWith('/widget/v')), calls.join());
  }, {
    route: (context) => context.route('**/elsewhere/**', (call) =>
      call.continue({ url: call.request().url().replace('/elsewhere/', '/widget/') })),
  }],
  [['auth.connectorId'], withOptions(`{ ${bot}, auth: { connectorId: '1024' } }`, false), async (page) => {
    const listed = await showAndCatch(page, '**/v1/conversations?*');
    assert.equal(new URL(listed.url()).searchParams.get('connector_id'), '1024');
    await ready(page);
    assert.equal((await askAndCatch(page)).postDataJSON().connector_id, '1024');
    await answers(page).filter({ hasText: 'Hello.' }).waitFor();
  }],
  [['auth.type'], withOptions(`{ ${bot}, auth: { type: 'unauth' } }`), async (page) => {
    await ready(page);
    assert.equal((await askAndCatch(page)).headers().authorization, undefined);
    // Without a token, the messages can be deleted, and no context can be begun.
    await page.getByRole('button', { name: 'Delete messages' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'New context' }).count(), 0);
  }],
  [['userInfo.id', 'userInfo.url', 'userInfo.nickname'], withOptions(`{ ${bot}, userInfo: { id: 'ling', url: 'https://example.com/me.png', nickname: 'Ling' } }`), async (page) => {
    await ready(page);
    const key = await page.evaluate(() => localStorage.getItem('coze-widget.visitor.ling'));
    assert.equal((await askAndCatch(page)).headers()['x-coze-visitor'], key);
    assert.equal(await page.locator('.author').textContent(), 'Ling');
    assert.equal(await page.locator('.author img').getAttribute('src'), 'https://example.com/me.png');
  }],
  [['el'], withOptions(`{ ${bot}, el: document.getElementById('place') }`), async (page) => {
    const box = await boxOf(page, '#place .window');
    assert.deepEqual([box.width, box.height], [500, 600]);
  }],
  [['componentProps.icon', 'componentProps.zIndex', 'componentProps.width', 'componentProps.title', 'componentProps.lang'], withOptions(
    `{ ${bot}, componentProps: { icon: '${PICTURE}', zIndex: 9, width: 640, title: 'Old', lang: 'zh-CN' } }`), async (page) => {
    assert.equal(await header(page).locator('img.avatar').getAttribute('src'), PICTURE);
    assert.equal(await style(page, 'zIndex'), '9');
    assert.equal((await boxOf(page, '.window')).width, 640);
    assert.equal(await page.locator('.title').textContent(), 'Old');
    assert.equal(await page.getByRole('button', { name: '发送' }).count(), 1);
  }],
  [['componentProps.layout', 'componentProps.uploadable'], withOptions(`{ ${bot}, componentProps: { layout: 'mobile', uploadable: false } }`), async (page) => {
    const box = await boxOf(page, '.window');
    assert.deepEqual([box.width, box.height], [1280, 800]);
    assert.equal(await page.locator('.attach').count(), 0);
  }],
  [['ui.asstBtn.isNeed'], withOptions(`{ ${bot}, ui: { asstBtn: { isNeed: false } } }`, false), async (page) => {
    assert.equal(await page.locator('.launcher').count(), 0);
    await page.evaluate(() => window.client.showChatBot());
    await ready(page);
  }],
  [['ui.header.isShow'], withUi('header: { isShow: false }, chatBot: { isNeedClearContext: true, isNeedClearMessage: false, isNeedAddNewConversation: true }'), async (page) => {
    assert.equal(await header(page).count(), 0);
    // Without a title bar, the buttons are in a menu at the input.
    await page.locator('.composer-tools').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'New conversation' }).click();
    assert.equal(await page.locator('.close').count(), 1);
  }],
  [['ui.header.isNeedClose'], withUi('header: { isNeedClose: false }'), async (page) => {
    assert.equal(await page.locator('.close').count(), 0);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.window').count(), 1);
  }],
  [['ui.header.extra'], withUi(`header: { extra: document.createTextNode('Extra') }`), async (page) => {
    assert.match(await header(page).textContent(), /Extra/);
  }],
  [['ui.footer.isShow'], withUi('footer: { isShow: false }'), async (page) => {
    assert.equal(await page.locator('.footer').count(), 0);
  }],
  [['ui.base.icon', 'ui.base.lang', 'ui.base.zIndex', 'ui.base.theme'], withUi(`base: { icon: '${PICTURE}', lang: 'zh-CN', zIndex: 7, theme: 'dark' }`), async (page) => {
    assert.equal(await header(page).locator('img.avatar').count(), 1);
    assert.equal(await style(page, 'zIndex'), '7');
    assert.equal(await style(page, 'backgroundColor'), 'rgb(23, 25, 31)');
    assert.equal(await page.getByRole('button', { name: '发送' }).count(), 1);
  }],
  [['ui.base.layout'], withUi(`base: { layout: 'mobile' }`), async (page) => {
    const box = await boxOf(page, '.window');
    assert.deepEqual([box.width, box.height], [1280, 800]);
  }],
  [['ui.chatBot.width'], withChatBot('width: 600'), async (page) => {
    assert.equal((await boxOf(page, '.window')).width, 600);
  }],
  [['ui.chatBot.el'], withChatBot(`el: document.getElementById('place')`), async (page) => {
    const box = await boxOf(page, '.window');
    assert.deepEqual([box.width, box.height], [500, 600]);
    assert.equal(await page.locator('.close').count(), 0);
  }],
  [['ui.chatBot.uploadable', 'ui.chatBot.isNeedAudio'], withChatBot('uploadable: false, isNeedAudio: false'), async (page) => {
    assert.equal(await page.locator('.attach, .mic').count(), 0);
    await ask(page, 'Hi [answer Hello.]');
    assert.equal(await page.locator('.speak').count(), 0);
  }],
  [['ui.chatBot.isNeedQuote'], withChatBot('isNeedQuote: true'), async (page) => {
    await ask(page, 'Hi [answer Quoted text.]');
    await page.getByRole('button', { name: 'Quote', exact: true }).click();
    assert.equal(await page.locator('.composer-quote').textContent(), 'Quoted text.');
    await ask(page, 'Why? [answer Because.]');
    assert.equal(await page.locator('.quoted').textContent(), 'Quoted text.');
    assert.equal(await page.locator('.composer-quote').isVisible(), false);
  }],
  [['ui.chatBot.isNeedClearContext'], withChatBot('isNeedClearContext: true'), async (page) => {
    await ask(page, 'Hi [answer Hello.]');
    await page.locator('.composer-tools').getByRole('button', { name: 'New context' }).click();
    await page.locator('.entry.divider').waitFor();
  }],
  [['ui.chatBot.isNeedAddNewConversation'], withChatBot('isNeedAddNewConversation: true, isNeedClearMessage: false, isNeedClearContext: true'), async (page) => {
    await ask(page, 'Hi [answer Hello.]');
    await header(page).getByRole('button', { name: 'New conversation' }).click();
    await page.locator('.entry').first().waitFor({ state: 'detached' });
  }],
  [['ui.chatBot.isNeedClearMessage'], withChatBot('isNeedClearMessage: true'), async (page) => {
    await ask(page, 'Hi [answer Hello.]');
    const clear = page.getByRole('button', { name: 'Delete messages' });
    await clear.click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await answers(page).count(), 1);
    await clear.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await answers(page).waitFor({ state: 'detached' });
  }],
];

for (const [names, options, check, settings] of ROWS) {
  const isHidden = !options.includes('window.client.showChatBot()');
  widgetTest(`the options ${names.join(', ')}`, options, async (page) => {
    if (!isHidden) await ready(page);
    await check(page);
  }, settings);
}

/** The options that the tests of another file are about, by the names of the tests. */
const ELSEWHERE = {
  'the sample of the vendor runs with another src': [
    'config.type', 'config.botId', 'auth.token', 'ui.footer.expressionText', 'ui.footer.linkvars.*', 'ui.chatBot.title',
  ],
  'the oldest integration runs too': ['config.bot_id'],
  'an app is chatted with through its chatflow': ['config.appInfo.appId', 'config.appInfo.workflowId'],
  'a refused token is renewed': ['auth.onRefreshToken'],
  'tools can be hidden': ['ui.chatBot.isNeedFunctionCallMessage'],
  'conversations are listed, opened, renamed and deleted': ['ui.conversations.isNeed'],
  'feedback has a panel, and can be taken back': [
    'ui.chatBot.feedback.isNeedFeedback', 'ui.chatBot.feedback.feedbackPanel.*',
  ],
  'showing and hiding can be observed and refused': [
    'ui.chatBot.onShow', 'ui.chatBot.onHide', 'ui.chatBot.onBeforeShow', 'ui.chatBot.onBeforeHide',
  ],
};

test('every option of the widget has a test in a browser', () => {
  const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
  const source = read('widget.test.mjs');
  const sets = (text, option) => new RegExp(`\\b${option.replace('.*', '').split('.').at(-1)}: ?`).test(text);
  const tested = ROWS.flatMap(([names, options]) => {
    for (const name of names) assert.ok(sets(options, name), `the row does not set ${name}`);
    return names;
  });
  for (const [title, names] of Object.entries(ELSEWHERE)) {
    const [, rest] = source.split(`'${title}'`);
    assert.ok(rest, `there is no test "${title}"`);
    // The sample of the vendor is in a file of its own.
    const body = rest.split('widgetTest(')[0] + (rest.includes('sample.replace') ? read('fixtures/web-chat-client.html') : '');
    for (const name of names) assert.ok(sets(body, name), `"${title}" does not set ${name}`);
    tested.push(...names);
  }
  assert.deepEqual([...new Set(tested)].sort(), [...KNOWN].sort());
});
