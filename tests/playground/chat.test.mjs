// The chat pane: streaming, memory, tools, suggestions, stopping. The texts in brackets direct the mock's assistant.

import assert from 'node:assert/strict';
import { browserTest, origin } from './harness.mjs';

const answers = (page) => page.locator('.bubble.bot');
const ask = async (page, text) => {
  await page.locator('#chat-input').fill(text);
  await page.keyboard.press('Enter');
};
const chat = (name, body) =>
  browserTest(name, async (page, context) => {
    await page.goto(`${origin}/#/chat`);
    await page.getByText('Say something to the bot.').waitFor();
    await body(page, context);
  });
const done = (page, n) =>
  page
    .locator('.turn')
    .nth(n - 1)
    .and(page.locator('[data-phase="done"]'))
    .waitFor();

chat('answers are streamed, and the conversation goes on', async (page) => {
  await ask(page, 'My name is Ada. [answer Hello, **Ada**.]');
  await done(page, 1);
  assert.match(await answers(page).nth(0).textContent(), /Hello, Ada\./);
  assert.equal(await answers(page).nth(0).locator('strong').textContent(), 'Ada');
  const conversation = await page.getByLabel('Conversation', { exact: true }).inputValue();
  assert.match(conversation, /^\d+$/);
  await ask(page, 'And now?');
  await done(page, 2);
  assert.equal(await page.getByLabel('Conversation', { exact: true }).inputValue(), conversation);
  assert.match(await answers(page).nth(1).textContent(), /And now\?/);
});

chat('a conversation is found again by its id', async (page) => {
  await ask(page, 'Remember the number 4711.');
  await done(page, 1);
  await page.reload();
  await page.getByText('Say something to the bot.').waitFor();
  await page
    .getByLabel('Recent conversations')
    .selectOption({ label: 'Remember the number 4711.' });
  await page.locator('.bubble.user', { hasText: '4711' }).waitFor();
  assert.equal(await answers(page).count(), 1);
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByText('Say something to the bot.').waitFor();
});

chat('suggested questions are buttons', async (page) => {
  await ask(page, 'Hello [answer Hi.] [suggest What else?]');
  await done(page, 1);
  await page.getByRole('button', { name: 'What else?' }).click();
  await page.locator('.bubble.user', { hasText: /: ?What else\?$/ }).waitFor();
  await done(page, 2);
  assert.equal(await page.locator('.follow-up', { hasText: 'What else?' }).count(), 0);
});

chat('reasoning is folded away', async (page) => {
  await ask(page, 'Hm [think First I count to ten.] [answer Ten.]');
  await done(page, 1);
  const thought = page.locator('.thought p');
  assert.equal(await thought.isVisible(), false);
  await page.getByText('Reasoning').click();
  assert.equal(await thought.textContent(), 'First I count to ten.');
  assert.equal(await thought.isVisible(), true);
});

chat('tools that the bot waits for take their outputs', async (page) => {
  await ask(page, 'Look it up [tool find {"what": "keys"}] [answer They are {find}.]');
  const form = page.locator('.tool-form');
  await form.getByLabel(/^find\(/).fill('under the mat');
  await form.getByRole('button', { name: 'Submit outputs' }).click();
  await done(page, 1);
  assert.match(await answers(page).last().textContent(), /under the mat/);
  await page.locator('.tool summary', { hasText: 'find' }).first().click();
  assert.match(await page.locator('.tool[open]').first().textContent(), /keys/);
});

chat('an answer can be stopped, and the next one comes', async (page) => {
  await ask(page, 'Wait [hold]');
  await page.waitForFunction(() =>
    /^\d+$/.test(document.querySelectorAll('.setting input')[2].value),
  );
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped.').waitFor();
  // A conversation holds one running chat at a time: that another one starts shows that the platform has stopped, too.
  await ask(page, 'Go on [answer Gladly.]');
  await done(page, 2);
  assert.match(await answers(page).last().textContent(), /Gladly/);
});

chat('a failure is shown', async (page) => {
  await ask(page, 'Break [fail 5000 Out of order]');
  const error = page.locator('.turn .error');
  await error.waitFor();
  assert.match(await error.textContent(), /5000.*Out of order/);
});

chat('HTML and dangerous links in answers are text', async (page) => {
  await ask(
    page,
    '<img src=x onerror=alert(1) class=evil> and [click](javascript:alert(2)) and [fine](https://example.com/a)',
  );
  await done(page, 1);
  assert.match(
    await answers(page).last().textContent(),
    /<img src=x onerror=alert\(1\) class=evil>/,
  );
  assert.equal(await page.locator('.evil, .chat a[href^="javascript:"]').count(), 0);
  const link = answers(page).last().locator('a', { hasText: 'fine' });
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
});
