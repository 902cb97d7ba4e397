// Tests of the chat pane. The texts in brackets are directives for the mock.

import assert from 'node:assert/strict';
import { browserTest, origin } from './harness.mjs';

const replies = (page) => page.locator('.bubble.bot');
const send = async (page, text) => {
  await page.locator('#chat-input').fill(text);
  await page.keyboard.press('Enter');
};
const chat = (name, body) =>
  browserTest(name, async (page, context) => {
    await page.goto(`${origin}/#/chat`);
    await page.getByText('Send a message to the bot.').waitFor();
    await body(page, context);
  });
const turnIsDone = (page, n) =>
  page
    .locator('.turn')
    .nth(n - 1)
    .and(page.locator('[data-phase="done"]'))
    .waitFor();

chat('replies are streamed and the conversation continues', async (page) => {
  await send(page, 'My name is Ada. [answer Hello, **Ada**.]');
  await turnIsDone(page, 1);
  assert.match(await replies(page).nth(0).textContent(), /Hello, Ada\./);
  assert.equal(await replies(page).nth(0).locator('strong').textContent(), 'Ada');
  const conversation = await page.getByLabel('Conversation', { exact: true }).inputValue();
  assert.match(conversation, /^\d+$/);
  await send(page, 'And now?');
  await turnIsDone(page, 2);
  assert.equal(await page.getByLabel('Conversation', { exact: true }).inputValue(), conversation);
  assert.match(await replies(page).nth(1).textContent(), /And now\?/);
});

chat('a recent conversation can be reopened', async (page) => {
  await send(page, 'Remember the number 4711.');
  await turnIsDone(page, 1);
  await page.reload();
  await page.locator('.bubble.user', { hasText: '4711' }).waitFor();
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByText('Send a message to the bot.').waitFor();
  await page
    .getByLabel('Recent conversations')
    .selectOption({ label: 'Remember the number 4711.' });
  await page.locator('.bubble.user', { hasText: '4711' }).waitFor();
  assert.equal(await replies(page).count(), 1);
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByText('Send a message to the bot.').waitFor();
});

chat('suggested questions can be sent', async (page) => {
  await send(page, 'Hello [answer Hi.] [suggest What else?]');
  await turnIsDone(page, 1);
  await page.getByRole('button', { name: 'What else?' }).click();
  await page.locator('.bubble.user', { hasText: /: ?What else\?$/ }).waitFor();
  await turnIsDone(page, 2);
  assert.equal(await page.locator('.follow-up', { hasText: 'What else?' }).count(), 0);
});

chat('reasoning is collapsed', async (page) => {
  await send(page, 'Hm [think First I count to ten.] [answer Ten.]');
  await turnIsDone(page, 1);
  const reasoning = page.locator('.reasoning p');
  assert.equal(await reasoning.isVisible(), false);
  await page.getByText('Reasoning').click();
  assert.equal(await reasoning.textContent(), 'First I count to ten.');
  assert.equal(await reasoning.isVisible(), true);
});

chat('outputs of client tools are submitted', async (page) => {
  await send(page, 'Look it up [tool find {"what": "keys"}] [answer They are {find}.]');
  const form = page.locator('.tool-form');
  await form.getByLabel(/^find\(/).fill('under the mat');
  await form.getByRole('button', { name: 'Submit outputs' }).click();
  await turnIsDone(page, 1);
  assert.match(await replies(page).last().textContent(), /under the mat/);
  await page.locator('.tool summary', { hasText: 'find' }).first().click();
  assert.match(await page.locator('.tool[open]').first().textContent(), /keys/);
});

chat('a reply can be stopped and the chat continues', async (page) => {
  await send(page, 'Wait [hold]');
  await page.waitForFunction(() =>
    /^\d+$/.test(document.querySelectorAll('.setting input')[2].value),
  );
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped.').waitFor();
  // A conversation can have only one running chat, so the platform has stopped the first one.
  await send(page, 'Go on [answer Gladly.]');
  await turnIsDone(page, 2);
  assert.match(await replies(page).last().textContent(), /Gladly/);
});

chat('a failure is displayed', async (page) => {
  await send(page, 'Break [fail 5000 Out of order]');
  const error = page.locator('.turn .error');
  await error.waitFor();
  assert.match(await error.textContent(), /5000.*Out of order/);
});

chat('HTML and unsafe links in replies are shown as text', async (page) => {
  await send(
    page,
    '<img src=x onerror=alert(1) class=evil> and [click](javascript:alert(2)) and [fine](https://example.com/a)',
  );
  await turnIsDone(page, 1);
  assert.match(
    await replies(page).last().textContent(),
    /<img src=x onerror=alert\(1\) class=evil>/,
  );
  assert.equal(await page.locator('.evil, .chat a[href^="javascript:"]').count(), 0);
  const link = replies(page).last().locator('a', { hasText: 'fine' });
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
});
