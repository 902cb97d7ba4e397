// Starts `coze widget` and a browser, and gives each test a page of its own with the widget.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// No playground is needed.
process.env.COZE_PLAYGROUND_URL ??= 'http://127.0.0.1:1/#key=';
const { closeContext, newContext, serve } = await import('./harness.mjs');
export { serve };

export const url = await serve(['widget']);
export const BOT = '7342866812345000001';

const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** An image of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

/** Returns the findings of axe-core on the page as it is. */
export async function findings(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
    );
  });
}

/** A page of the user's own, whose style would break a widget without a shadow tree. */
const host = (content) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width">
<style>* { color: red; letter-spacing: 4px } button { display: none !important }</style></head>
<body><main><h1>A page</h1><div id="place" style="width: 500px; height: 600px"></div></main>
${content}</body></html>`;

/** Returns the part of a page that creates a client with options, which are source text. */
export const withOptions = (options, show = true) => `<script src="/widget/index.js"></script>
<script>
  window.client = new CozeWebSDK.WebChatClient(${options});
  ${show ? 'window.client.showChatBot();' : ''}
</script>`;

/** The options that select the bot of the mock, as source text. */
export const bot = `config: { type: 'bot', botId: '${BOT}' }`;
export const withUi = (ui) => withOptions(`{ ${bot}, ui: { ${ui} } }`);
export const withChatBot = (chatBot) => withUi(`chatBot: { ${chatBot} }`);

/**
 * Defines a test with a page of its own. `content` is the body of the page; without it, the page is
 * that of the command.
 */
export function widgetTest(name, content, body, { expected = [], route = () => null, ...options } = {}) {
  test(name, { timeout: 60_000 }, async () => {
    const context = await newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-US',
      colorScheme: 'light',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const errors = [];
    page.on('console', (message) => {
      const text = message.text();
      const isBad = message.type() === 'error' || message.type() === 'warning';
      if (isBad && !expected.some((each) => text.includes(each))) errors.push(text);
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('dialog', (dialog) => {
      errors.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    try {
      if (content) {
        await context.route(`${url}page.html`, (call) =>
          call.fulfill({ contentType: 'text/html; charset=utf-8', body: host(content) }),
        );
      }
      // The icon of the bot is elsewhere.
      await context.route(/^https:/, (call) => call.fulfill({ contentType: 'image/png', body: PNG }));
      await route(context);
      await page.goto(content ? `${url}page.html` : url);
      await body(page, context);
    } catch (error) {
      if (errors.length) error.message += `\nThe page reports: ${errors.join('\n')}`;
      throw error;
    } finally {
      await closeContext(context);
    }
    assert.deepEqual(errors, []);
  });
}

/** Sends a question and waits for the end of the answer. */
export async function ask(page, text) {
  const questions = page.locator('.entry.question');
  const before = await questions.count();
  await page.locator('.composer-input').fill(text);
  await page.keyboard.press('Enter');
  // Before, the button is that of no answer, too.
  await questions.nth(before).waitFor();
  await page.locator('.composer .send:not(.stop)').waitFor();
}

export const answers = (page) => page.locator('.entry.answer .bubble');
export const ready = (page) => page.locator('.greeting-name').waitFor();

/** Answers the calls to a path with JSON. */
export const respond = (context, path, data, status = 200) =>
  context.route(path, (call) =>
    call.fulfill({
      status,
      contentType: 'application/json',
      body: JSON.stringify(status === 200 ? { code: 0, data } : data),
    }),
  );

/** Answers chats with events. */
export const respondWithEvents = (context, events) =>
  context.route('**/v3/chat?*', (call) =>
    call.fulfill({
      contentType: 'text/event-stream',
      body: events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(''),
    }),
  );

/** Answers the calls of a chat with the chatflow 2 of the app 1. */
export async function respondAsApp(context, role = { name: 'Guide' }) {
  await respond(context, '**/v1/apps/1?*', { name: 'App' });
  await respond(context, '**/v1/workflows/2?*', { role });
  await respond(context, '**/v1/conversation/create', { id: '3' });
  await respond(context, '**/v1/conversation/message/list?*', []);
  await context.route('**/v1/workflows/chat', (call) =>
    call.fulfill({
      contentType: 'text/event-stream',
      body: 'event: conversation.message.delta\ndata: {"id":"1","type":"answer","content":"Yes."}\n\nevent: done\ndata: {}\n\n',
    }),
  );
}

/** Returns the box of an element at the end of its animations. */
export async function boxOf(page, selector) {
  const element = page.locator(selector);
  await element.evaluate((each) => Promise.all(each.getAnimations().map(({ finished }) => finished)));
  return element.boundingBox();
}
