// Integrations for the vendor's script, in the shapes that its documentation shows. Only `src` is
// another one here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { answers, ask, BOT, boxOf, ready, respondAsApp, url, widgetTest } from './widget-harness.mjs';

const VENDOR = /https:\/\/lf-cdn\.coze\.cn\/[^"']+/;
const read = (name) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

/** Returns an integration with the script of the widget. */
function integration(name) {
  const sample = read(name);
  assert.match(sample, VENDOR);
  return sample.replace(VENDOR, '/widget/index.js');
}

widgetTest(
  'an app whose page loads the script itself',
  integration('web-chat-app.html'),
  async (page) => {
    await page.getByRole('button', { name: 'Open chat' }).click();
    await ready(page);
    const sent = page.waitForRequest('**/v1/workflows/chat');
    await page.locator('.composer-input').fill('Hi');
    await page.keyboard.press('Enter');
    const request = await sent;
    const body = request.postDataJSON();
    assert.deepEqual([body.app_id, body.workflow_id, body.parameters], ['1', '2', { user_name: 'Ling' }]);
    assert.equal(request.headers().authorization, 'Bearer pat_x');
    await answers(page).filter({ hasText: 'Yes.' }).waitFor();
  },
  { route: respondAsApp },
);

widgetTest(
  'a chat in an element, shown by a button of the page',
  integration('web-chat-element.html'),
  async (page) => {
    assert.equal(await page.locator('.launcher').count(), 0);
    // The page of the tests hides its own buttons.
    await page.locator('.own').dispatchEvent('click');
    await ready(page);
    const box = await boxOf(page, '.window');
    assert.deepEqual([box.x, box.y, box.width, box.height], [100, 100, 200, 500]);
    await ask(page, 'Hi [answer Hello.]');
    assert.equal(await answers(page).textContent(), 'Hello.');
  },
  {
    route: async (context) => {
      await context.route(`${url}index.js`, (call) => call.fulfill({ contentType: 'text/javascript', body: read('web-chat-element.js') }));
      await context.route(`${url}main.css`, (call) => call.fulfill({ contentType: 'text/css', body: '' }));
    },
  },
);

widgetTest('all options at once', integration('web-chat-complete.html'), async (page) => {
  await page.getByRole('button', { name: 'Open chat' }).click();
  await ready(page);
  assert.equal(await page.locator('.title').textContent(), "Ling's tea | Snow");
  assert.equal((await boxOf(page, '.window')).width, 390);
  assert.equal(await page.locator('.footer').textContent(), 'Powered by A B');
  assert.deepEqual(
    await page.locator('.footer a').evaluateAll((links) => links.map((link) => link.href)),
    ['https://a.example.com/', 'https://b.example.com/'],
  );
  const sent = page.waitForRequest(/\/v3\/chat\?/);
  await ask(page, 'Hi [answer Hello.]');
  assert.deepEqual((await sent).postDataJSON().parameters, { user_name: 'Ling' });
  await page.getByRole('button', { name: 'Bad answer' }).click();
  await page.getByText('What is wrong?').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Quote', exact: true }).click();
  assert.equal(await page.locator('.composer-quote').textContent(), 'Hello.');
  await page.evaluate('cozeWebSDK.destroy()');
  await page.locator('.launcher, .window').first().waitFor({ state: 'detached' });
});

widgetTest(
  'a script in the head, before there is a body',
  '<p>Another page</p>',
  async (page) => {
    await page.goto(`${url}head.html`);
    await page.getByRole('button', { name: 'Open chat' }).click();
    await ready(page);
  },
  {
    route: (context) => context.route(`${url}head.html`, (call) => call.fulfill({
      contentType: 'text/html; charset=utf-8',
      body: `<!doctype html><html lang="en"><head><title>A page</title><script src="/widget/index.js"></script>
<script>new CozeWebSDK.WebChatClient({ config: { botId: '${BOT}' } });</script></head><body><main><h1>A page</h1></main></body></html>`,
    })),
  },
);
