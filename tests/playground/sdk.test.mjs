// Tests of the view "SDK": options as a form and as code, previews, and pages to copy.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ignoredOptions } from '../../coze-widget/page/options.js';
import { browserTest, origin, serve, state } from './harness.mjs';

// A server of the widget, as a program of the user would be.
const widget = await serve(['widget']);

const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] };
const field = (page, name) => page.locator(`.option-form .field[data-name="${name}"]`);
const control = (page, name) => field(page, name).locator('input, select, textarea');
const code = (page) => page.getByLabel('The options as code');
const frame = (page) => page.frameLocator('.sdk-frame iframe');
const log = (page) => page.locator('.sdk-log');

async function openSdk(page, tab = '') {
  await page.goto(`${origin}/#/sdk${tab && `/${tab}`}`);
  await page.locator('.sdk .sdk-code').waitFor();
}

/** Opens the group of an option, and sets it. */
async function setOption(page, name, value) {
  const group = page.locator('.option-group', { has: page.locator(`.field[data-name="${name}"]`) });
  if (!(await group.evaluate((each) => each.open))) await group.locator('summary').click();
  const input = control(page, name);
  if (await input.evaluate((each) => each.tagName === 'SELECT')) await input.selectOption({ label: value });
  else await input.fill(value);
}

async function run(page) {
  await page.locator('.sdk-bar .run').click();
  await page.locator('.sdk-frame iframe').waitFor();
  await log(page).getByText('the page was loaded').waitFor();
}

/** Opens the chat in the preview, and asks a question. */
async function ask(page, text) {
  await frame(page).locator('.composer-input').fill(text);
  await frame(page).locator('.composer-input').press('Enter');
  await frame(page).locator('.composer .send:not(.stop)').waitFor();
}

browserTest('every option of the widget has a field, and ignored ones are marked', async (page) => {
  await openSdk(page);
  const fields = await page.locator('.option-form .field').evaluateAll((all) =>
    all.map((each) => ({ name: each.dataset.name, isIgnored: each.querySelector('.mark')?.textContent === 'ignored' })),
  );
  const source = readFileSync(new URL('../../coze-widget/page/options.js', import.meta.url), 'utf8');
  const known = source.match(/const KNOWN = `([^`]+)`/)[1].trim().split(/\s+/);
  for (const option of known) {
    const name = option.replace(/\.\*$/, '');
    assert.ok(fields.some((each) => each.name === name || each.name.startsWith(`${name}.`)), `no field for ${option}`);
  }
  for (const { name, isIgnored } of fields) {
    const options = name.split('.').reduceRight((inner, each) => ({ [each]: inner }), 'x');
    assert.equal(ignoredOptions(options).length > 0, isIgnored, name);
  }
  // The table of the widget names the same ignored options.
  const readme = readFileSync(new URL('../../coze-widget/README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').filter((row) => /\| no\b/.test(row)).join('\n');
  for (const { name } of fields.filter((each) => each.isIgnored))
    assert.ok(rows.includes(name) || rows.includes(`\`${name.split('.')[0]}\``), name);
});

browserTest('the form changes the code, and the code changes the form', async (page) => {
  await openSdk(page);
  await setOption(page, 'ui.chatBot.title', "Ling's tea");
  await setOption(page, 'ui.header.isNeedClose', 'false');
  await setOption(page, 'ui.chatBot.width', '520');
  await setOption(page, 'config.type', 'app');
  await setOption(page, 'ui.chatBot.onShow', '() => console.log(1)');
  const text = await code(page).inputValue();
  for (const part of ["title: 'Ling\\'s tea'", 'isNeedClose: false', 'width: 520', "type: 'app'", 'onShow: () => console.log(1)'])
    assert.ok(text.includes(part), `${part} in ${text}`);
  await setOption(page, 'ui.header.isNeedClose', '(not set)');
  assert.ok(!(await code(page).inputValue()).includes('header'));
  // A comment survives changes of the form.
  await code(page).fill(text.replace("type: 'app'", "type: 'bot', // a bot\n    bot_id: '77'").replace('520', '640'));
  assert.equal(await control(page, 'config.bot_id').inputValue(), '77');
  assert.equal(await control(page, 'ui.chatBot.width').inputValue(), '640');
  assert.equal(await control(page, 'config.type').locator('option:checked').textContent(), 'bot');
  await setOption(page, 'config.botInfo.parameters', "{ city: 'Kunming' }");
  assert.match(await code(page).inputValue(), /\/\/ a bot\n/);
  assert.match(await code(page).inputValue(), /city: 'Kunming'/);
  await setOption(page, 'config.botInfo.parameters', '{ city: }');
  await field(page, 'config.botInfo.parameters').getByRole('alert').getByText('Line 1: a value is missing.').waitFor();
});

browserTest('code that cannot be read is named with its line, and the form waits', async (page) => {
  await openSdk(page);
  await code(page).fill("new CozeWebSDK.WebChatClient({\n  config: {\n    type: 'bot'\n    botId: '7'\n  },\n})");
  await page.locator('.sdk-code-box .json-state').getByText('Line 3: a comma is missing').waitFor();
  assert.equal(await page.locator('.option-form:disabled').count(), 1);
  await page.locator('.sdk-bar .run').click();
  await page.locator('.sdk-preview').getByRole('alert').getByText('Line 3').waitFor();
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.getByText('The code can be read.').waitFor();
  assert.equal(await page.locator('.option-form:disabled').count(), 0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('.sdk-code-box .json-state').getByText('Line 3').waitFor();
});

browserTest(
  'the preview has a floating button, and chats with the mock',
  async (page) => {
    await openSdk(page);
    await setOption(page, 'ui.chatBot.title', 'Tea house');
    await setOption(page, 'ui.chatBot.onShow', '() => alert(1)');
    await setOption(page, 'ui.chatBot.onBeforeHide', '() => false');
    await setOption(page, 'ui.header.extra', 'document.body');
    await run(page);
    await log(page).getByText('not in the preview: ui.header.extra').waitFor();
    await frame(page).locator('.launcher').click();
    await log(page).getByText('onShow was called').waitFor();
    await log(page).getByText('onRefreshToken was called').waitFor();
    await frame(page).getByText('Tea house').first().waitFor();
    await ask(page, 'Hi [answer Green tea.]');
    await frame(page).locator('.entry.answer .bubble').getByText('Green tea.').waitFor();
    // A callback that returns false keeps the chat open.
    await page.getByRole('button', { name: 'hideChatBot()' }).click();
    await log(page).getByText('onBeforeHide was called → false').waitFor();
    assert.ok(await frame(page).locator('.window').isVisible());
    await page.getByRole('button', { name: 'destroy()' }).click();
    await frame(page).locator('.window').waitFor({ state: 'detached' });
    await setOption(page, 'ui.chatBot.title', 'Another');
    await page.getByText('The options have changed').waitFor();
    const url = await page.locator('.sdk-frame iframe').getAttribute('src');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Run the preview to show a page with the floating button here.').waitFor();
    // The request of the page has been sent, but may not have arrived.
    const status = async () => (await page.request.get(`${origin}${url}`)).status();
    for (let n = 0; n < 50 && (await status()) !== 404; n += 1) await page.waitForTimeout(100);
    assert.equal(await status(), 404);
  },
  { pictures: true },
);

browserTest(
  'a chatflow of an app is chosen, and chats',
  async (page) => {
    await openSdk(page);
    await setOption(page, 'config.type', 'app');
    await page.locator('.sdk-bar .run').click();
    await page.getByText('Choose a chatflow of an app').waitFor();
    await field(page, 'config.appInfo.appId').getByRole('button').click();
    await page.locator('dialog .id-choice').first().click();
    const { defaults } = await state(page);
    assert.equal(await control(page, 'config.appInfo.appId').inputValue(), defaults.app_id);
    await setOption(page, 'config.appInfo.workflowId', '7366468917055000003');
    await run(page);
    await page.getByRole('button', { name: 'showChatBot()' }).click();
    await ask(page, 'Which tea?');
    await frame(page).locator('.entry.answer .bubble').first().waitFor();
  },
  { pictures: true },
);

browserTest('a bot is chosen from the list', async (page) => {
  await openSdk(page);
  await setOption(page, 'config.botId', '');
  await page.locator('.sdk-bar .run').click();
  await page.getByText('Choose a bot: set config.botId.').waitFor();
  await field(page, 'config.botId').getByRole('button', { name: 'Choose' }).click();
  await page.locator('dialog .id-choice').first().click();
  const { defaults } = await state(page);
  assert.ok((await code(page).inputValue()).includes(`botId: '${defaults.bot_id}'`));
});

browserTest(
  'the copied pages differ in the script only, and have no token',
  async (page) => {
    await openSdk(page);
    await setOption(page, 'auth.token', 'pat_0123456789abcdef');
    await setOption(page, 'auth.onRefreshToken', "async () => 'pat_fedcba9876543210'");
    await setOption(page, 'ui.footer.expressionText', '</script><script>alert(1)</script>');
    const copied = async (name) => {
      await page.getByRole('button', { name, exact: true }).click();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const own = await copied('For this project’s widget');
    const theirs = await copied('For the platform’s SDK');
    assert.ok(own.includes('<script src="/widget/index.js"></script>'), own);
    assert.match(theirs, /<script src="https:\/\/lf-cdn\.coze\.cn\/obj\/unpkg\/flow-platform\/chat-app-sdk\/[^/]+\/libs\/cn\/index\.js">/);
    assert.equal(own.replace('/widget/index.js', ''), theirs.replace(/https:[^"]+index\.js/, ''));
    assert.ok(own.includes("token: 'YOUR_TOKEN'") && !own.includes('pat_'), own);
    // The options do not end the script.
    assert.equal(own.match(/<\/script>/g).length, 2);
    const kept = await page.evaluate(async () => (await globalThis.moduleOf('store')).load('sdk.chat.mock', ''));
    assert.ok(kept.includes('YOUR_TOKEN') && !kept.includes('pat_'), kept);
  },
  clipboard,
);

browserTest('the copied page runs with the script of the widget', async (page, context) => {
  await openSdk(page);
  const html = await page.evaluate(async () => {
    const { htmlOf, initialCode } = await globalThis.moduleOf('sdkcode');
    const { readObject } = await globalThis.moduleOf('literal');
    const text = initialCode('chat', { bot_id: '7342866812345000001' });
    const { start, end } = readObject(text, ['WebChatClient']);
    return htmlOf('chat', text.slice(start, end), '/widget/index.js');
  });
  const copy = await context.newPage();
  await context.route(`${widget}copy.html`, (call) => call.fulfill({ contentType: 'text/html', body: html }));
  await copy.goto(`${widget}copy.html`);
  await copy.locator('.launcher').click();
  await copy.locator('.composer-input').waitFor();
  await copy.close();
});

browserTest('options survive a reload, and ignored ones are named', async (page) => {
  await openSdk(page);
  await setOption(page, 'ui.chatBot.title', 'Tea house');
  await setOption(page, 'config.isIframe', 'true');
  await page.getByText('The widget of this project ignores: config.isIframe').waitFor();
  await page.evaluate(async () => (await globalThis.moduleOf('store')).flush());
  await page.reload();
  await page.locator('.sdk .sdk-code').waitFor();
  assert.equal(await control(page, 'ui.chatBot.title').inputValue(), 'Tea house');
});

browserTest(
  'the Web SDKs have options and code, and say what they load and need',
  async (page) => {
    await openSdk(page, 'web');
    await page.getByText('from the platform’s servers').waitFor();
    await setOption(page, 'appId', '7399');
    await page.getByText('the app 7399, from the platform').waitFor();
    await page.getByRole('button', { name: 'For the platform’s SDK' }).click();
    const app = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(app, /builder-web-sdk\/0\.1\.0[^]*new CozeWebSDK\.AppWebSDK\(\{[^]*token: 'YOUR_TOKEN'[^]*appId: '7399'/);
    assert.ok(app.includes('<div id="app">'));
    await page.getByLabel('SDK', { exact: true }).selectOption('project');
    await page.getByText('https://sdk.coze.site', { exact: true }).waitFor();
    await setOption(page, 'projectId', '88');
    assert.match(await code(page).inputValue(), /cozeWebSDK\.init\(\{\n {2}projectId: '88'/);
    assert.equal(await page.locator('.sdk-bar .run').count(), 0);
    // The choice is kept.
    await page.reload();
    await page.getByText('https://sdk.coze.site', { exact: true }).waitFor();
  },
  clipboard,
);

browserTest('a card is shown as far as its format is known', async (page) => {
  await openSdk(page, 'web');
  await page.getByLabel('SDK', { exact: true }).selectOption('card');
  await page.locator('.sdk-bar .run').click();
  const card = frame(page).locator('.card');
  await card.getByText('Which tea?', { exact: true }).waitFor();
  await card.getByRole('button', { name: 'Green tea' }).waitFor();
  await card.locator('summary').click();
  await card.locator('pre').getByText('"options"').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.sdk-frame iframe').waitFor({ state: 'detached' });
});

browserTest('a card reports its callbacks, can be read only, and says which options are left out', async (page) => {
  await openSdk(page, 'web');
  await page.getByLabel('SDK', { exact: true }).selectOption('card');
  for (const name of ['afterRender', 'onError', 'eventCallbacks.sendMsg', 'eventCallbacks.previewImage'])
    await setOption(page, `runtimeOptions.${name}`, '() => {}');
  await setOption(page, 'runtimeOptions.eventCallbacks.onElementOver', '() => {}');
  await setOption(page, 'runtimeOptions.remoteForce', 'true');
  await run(page);
  await log(page).getByText(/not in the preview: .*remoteForce/).waitFor();
  assert.match(await log(page).textContent(), /onElementOver/);
  await log(page).getByText('afterRender was called').waitFor();
  const choice = frame(page).locator('.card').getByRole('button', { name: 'Green tea' });
  await choice.click();
  await log(page).getByText('sendMsg was called → Green tea').waitFor();
  await setOption(page, 'runtimeOptions.readonly', 'true');
  await setOption(page, 'runtimeOptions.remoteForce', '(not set)');
  await run(page);
  await choice.and(frame(page).locator(':disabled')).waitFor();
  await code(page).fill("new WebCardRuntime({ runtimeOptions: { dsl: 'Not JSON', onError: () => {} } })");
  await run(page);
  await frame(page).locator('.card').getByText('Not JSON').waitFor();
  await log(page).getByText('onError was called').waitFor();
});

browserTest('the preview reads aloud in the voice that is chosen', async (page) => {
  await openSdk(page);
  await page.getByRole('button', { name: 'Choose… Voice of the preview' }).click();
  await page.locator('dialog .id-choice').first().click();
  const voice = await page.getByLabel('Voice of the preview', { exact: true }).inputValue();
  assert.match(voice, /^\d+$/);
  const [request] = await Promise.all([page.waitForRequest('**/api/previews'), page.locator('.sdk-bar .run').click()]);
  assert.equal(request.postDataJSON().voice, voice);
  await log(page).getByText('the page was loaded').waitFor();
  await frame(page).locator('.launcher').click();
  await frame(page).locator('.greeting-name').waitFor();
  await ask(page, 'Hi [answer Green tea.]');
  await frame(page).getByRole('button', { name: 'Read aloud' }).waitFor();
}, { pictures: true });

browserTest('the tabs have addresses', async (page) => {
  await openSdk(page);
  await page.getByRole('tab', { name: 'Web' }).click();
  await page.waitForURL('**/#/sdk/web');
  await page.reload();
  await page.getByText('from the platform’s servers').waitFor();
  assert.equal(await page.getByRole('link', { name: 'SDK', exact: true }).getAttribute('aria-current'), 'page');
});
