// A tour of every view and dialog of the playground, for the tests that check all of them and for
// the pictures of them. It knows the views by their classes, so that it works in both languages.

import { field, fillJson, open, origin, run } from './harness.mjs';

/**
 * Called for each view, with the part of the page that is new in it.
 * @typedef {(view: string, part?: string) => Promise<void>} Check
 */

const END = { kind: 'end', ms: 1 };

/** Shows a dialog, checks it, and closes it. */
async function dialog(page, check, view, opener) {
  await opener.click();
  await page.getByRole('dialog').waitFor();
  await page.locator('dialog[open] .spinner').waitFor({ state: 'detached' });
  await check(view, 'dialog[open]');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** Shows the form where the result is a drawer above it. */
async function closeSide(page) {
  if (await page.locator('.side-close').isVisible()) await page.locator('.side-close').click();
}

const section = (page, at) => page.locator('.middle [role=tab]').nth(at);

/**
 * Visits every view and dialog.
 * @param {Check} checkView
 */
export async function tour(page, checkView) {
  /** @type {Check} */
  const check = async (view, part) => {
    // The frame of the page comes before its content.
    if (!part) await page.locator('h1').waitFor({ state: 'attached' });
    await checkView(view, part);
  };
  await listTour(page, check);
  await formTour(page, check);
  await resultTour(page, check);
  await recordTour(page, check);
  await streamTour(page, check);
  await errorTour(page, check);
  await guideTour(page, check);
  await chatTour(page, check);
  await sdkTour(page, check);
  await webTour(page, check);
  await realTour(page, check);
}

async function listTour(page, check) {
  await open(page, 'bots.create');
  await check('an operation');
  if (!(await page.locator('#search').isVisible())) await page.locator('.menu').click();
  await page.locator('#search').fill('TTS');
  await check('a search', '.drawer');
  await page.locator('#search').fill('nothing like it');
  await page.locator('.operations .empty').waitFor();
  await check('a search without a result', '.drawer');
  await page.locator('#search').fill('');
  await page.keyboard.press('Escape');
}

async function formTour(page, check) {
  const bar = page.locator('.form-bar');
  const json = bar.getByRole('button', { name: 'JSON', exact: true });
  await page.locator('.extras > summary').click();
  await page.locator('.extras').getByRole('button').first().click();
  await check('further values', '.extras');
  await dialog(page, check, 'the IDs', bar.getByRole('button', { name: /^IDs?$/ }));
  await dialog(page, check, 'the list of objects', page.locator('.field .pick').first());
  await dialog(page, check, 'the export of a form', bar.getByRole('button', { name: /^(Export|导出)$/ }));
  await json.click();
  await page.locator('textarea.json').fill('{\n  "name": "Ada",\n  "description": \n}');
  await check('the JSON editor', '.middle');
  await page.locator('textarea.json').fill('{"name": 1}');
  await page.keyboard.press('Control+Enter');
  await page.locator('.form-errors:not([hidden])').waitFor();
  await check('mistakes in a form', '.middle');
  await page.locator('textarea.json').fill('{}');
  await json.click();
  await bar.getByRole('button', { name: /^(Fill in example|填入示例)$/ }).click();
  await section(page, 1).click();
  await check('the response fields', '.middle');
  await section(page, 0).click();
  await open(page, 'files.upload');
  await check('the form of a file', '.middle');
}

async function resultTour(page, check) {
  await open(page, 'bots.create');
  await run(page);
  await check('a response');
  await page.locator('.response-head summary').click();
  for (const [at, view] of ['the headers', 'the reading', 'the request'].entries()) {
    await page.locator('.result [role=tab]').nth(at).click();
    await check(view, '.result');
  }
  await page.locator('.result [role=tab]').nth(0).click();
  await dialog(page, check, 'an ID', page.locator('.id-button').first());
  await open(page, 'audio.speech.create');
  await run(page);
  await page.locator('audio').waitFor();
  await check('a file', '.result');
}

async function recordTour(page, check) {
  await open(page, 'bots.create');
  await closeSide(page);
  await field(page, 'name').locator('input').fill('Ada');
  await run(page);
  await closeSide(page);
  await section(page, 2).click();
  await page.locator('.record').nth(1).waitFor();
  await check('the records', '.middle');
  const button = (name) => page.locator('.record').first().getByRole('button', { name });
  await dialog(page, check, 'the comparison', button(/^(Compare|对比)$/));
  await dialog(page, check, 'the export', button(/^(Export|导出)$/));
  await page.locator('.records .switch').click();
  await check('the records of all operations', '.middle');
  await section(page, 0).click();
}

async function streamTour(page, check) {
  await open(page, 'chat.create');
  await run(page);
  await check('a stream', '.operation');
  await page.locator('.event-view .json-bar').last().getByRole('button').first().click();
  await page.locator('.events summary').first().click();
  await check('the events of a stream', '.result');
  await page.locator('.event-view .json-bar').last().getByRole('button').first().click();
  await page.locator('.result [role=tab]').nth(1).click();
  await check('the reading of a stream', '.result');
  await closeSide(page);
  await dialog(page, check, 'the target', page.locator('.backend'));
}

/** Lets the next calls have these responses. */
async function answerCalls(page, lines) {
  const body = [...lines, END].map((line) => `${JSON.stringify(line)}\n`).join('');
  await page.route('**/api/call', (route) => route.fulfill({ contentType: 'application/x-ndjson', body }));
}

async function errorTour(page, check) {
  await open(page, 'bots.retrieve');
  await field(page, 'bot_id').locator('input').fill('1');
  await run(page, 'failed');
  await check('an error', '.result');
  const interrupt = { interrupt_data: { event_id: '7/8', type: 2, data: '{"content": "Which day?"}' } };
  await answerCalls(page, [{ kind: 'event', event: 'Interrupt', data: JSON.stringify(interrupt), ms: 1 }]);
  await open(page, 'workflows.runs.stream');
  await run(page);
  await page.locator('.result .tool-form').waitFor();
  await check('an interrupt', '.result');
  await page.unroute('**/api/call');
  await page.goto(`${origin}/#/operation/no.such`);
  await page.locator('.page .notice').waitFor();
  await check('an unknown operation');
}

async function guideTour(page, check) {
  await page.goto(`${origin}/#/guide`);
  await page.locator('.step:nth-child(4)[data-phase="done"]').waitFor();
  for (const each of await page.locator('.faq summary').all()) await each.click();
  await page.locator('.page').evaluate((each) => each.scrollTo(0, 0));
  await check('get started');
  await dialog(page, check, 'the form for a token', page.getByRole('button', { name: /Enter a token|输入令牌/ }));
  await page.locator('.step .question button').click();
  await page.locator('.step:nth-child(5)[data-phase="done"]').waitFor();
  await check('the first answer', '.page');
}

async function chatTour(page, check) {
  await page.goto(`${origin}/#/chat`);
  await page.locator('.greeting').waitFor();
  await check('the greeting', '.page');
  const send = async (text) => {
    await page.locator('#chat-input').fill(text);
    await page.keyboard.press('Enter');
  };
  await page.locator('.composer input[type=file]').setInputFiles([
    { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('a plan') },
  ]);
  await page.locator('.attachment:not(:has(.spinner))').waitFor();
  await check('an attachment', '.composer');
  await send('Hi [think Hm.] [answer A **table**:\n\n| a | b |\n|---|---|\n| 1 | `2` |] [suggest What else?]');
  await page.locator('.turn[data-phase="done"]').waitFor();
  await page.locator('.timeline summary').click();
  await check('a turn', '.chat');
  await dialog(page, check, 'the code of a turn', page.locator('.turn-foot button').first());
  await send('Look it up [tool find {"what": "keys"}]');
  await page.locator('.tool-form').waitFor();
  await check('a tool', '.chat-log');
}

async function sdkTour(page, check) {
  await page.goto(`${origin}/#/sdk`);
  await page.locator('.sdk-code').waitFor();
  await check('the Chat SDK');
  await page.locator('.option-group').evaluateAll((all) => all.forEach((each) => each.setAttribute('open', '')));
  await check('the options of the Chat SDK', '.page');
  await page.locator('.sdk-bar .run').click();
  await page.frameLocator('.sdk-frame iframe').locator('.launcher').waitFor();
  await page.locator('.sdk-frame iframe').scrollIntoViewIfNeeded();
  await check('a preview', '.sdk-right');
  await page.locator('.sdk-code').fill('{ a: }');
  await page.locator('.sdk-code').scrollIntoViewIfNeeded();
  await check('code that cannot be read', '.sdk');
}

async function webTour(page, check) {
  await page.goto(`${origin}/#/sdk/web`);
  await page.locator('.sdk-choice select').waitFor();
  for (const kind of ['app', 'project', 'card']) {
    await page.locator('.sdk-choice select').selectOption(kind);
    await check(`the Web SDK: ${kind}`, '.sdk');
  }
  await page.goto(`${origin}/#/sdk/realtime`);
  await page.locator('.talk').waitFor();
  await check('a voice chat', '.sdk');
  // Otherwise the hum of the microphone interrupts, which takes the suggested questions away.
  await page.getByLabel('turnDetection.type').selectOption({ label: 'client_interrupt' });
  await page.locator('.sdk-bar .run').click();
  await page.locator('.talk-text input:enabled').fill('Hi [answer Hello.] [suggest More?]');
  await page.keyboard.press('Enter');
  await page.locator('.talk-more button').waitFor();
  await page.locator('.talk').scrollIntoViewIfNeeded();
  await check('the captions', '.talk');
  await page.locator('.sdk-bar .run').click();
}

/** Visits what a real API has, with a page that takes the mock for one. */
async function realTour(page, check) {
  await page.goto(`${origin}/#/operation/bots.publish`);
  const base_url = 'https://api.coze.cn';
  const real = { backend: 'profile', profile: 'ada', base_url, profiles: [{ name: 'ada', base_url }], faults: [] };
  await page.route('**/api/state', async (route) => {
    const state = await (await route.fetch()).json();
    await route.fulfill({ json: { ...state, ...real } });
  });
  await page.reload();
  await page.locator('.backend.live').waitFor();
  await page.locator('.form-bar').waitFor();
  await check('a real API');
  await page.getByRole('button', { name: /^(Fill in example|填入示例)$/ }).click();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('dialog').waitFor();
  await check('the confirmation', 'dialog[open]');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await closeSide(page);
  await dialog(page, check, 'the target of a real API', page.locator('.backend'));
  // Another tab has switched the API.
  real.target = 'another';
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.locator('dialog.switched').waitFor();
  await check('another target', 'dialog[open]');
  const key = await page.evaluate(() => sessionStorage.getItem('coze-playground.key'));
  await page.unroute('**/api/state');
  await page.route('**/api/state', (route) => route.fulfill({ status: 401, json: { message: 'no' } }));
  await page.reload();
  await page.locator('.locked').waitFor();
  await check('a page without the key');
  await page.evaluate((each) => sessionStorage.setItem('coze-playground.key', each), key);
}
