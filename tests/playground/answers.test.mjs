// Tests of the answers in a chat: cards, copying, and long text.

import assert from 'node:assert/strict';
import { browserTest, mockCalls, origin } from './harness.mjs';

const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] };
const END = { kind: 'end', ms: 5 };
const bubbles = (page) => page.locator('.bubble.bot');
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

const chat = (name, body, options) =>
  browserTest(
    name,
    async (page) => {
      await page.goto(`${origin}/#/chat`);
      await page.getByText('Send a message to the bot.').waitFor();
      await body(page);
    },
    options,
  );

async function send(page, text) {
  await page.locator('#chat-input').fill(text);
  await page.keyboard.press('Enter');
}

const isDone = (page) => page.locator('.turn[data-phase="done"]').first().waitFor();

/** Replaces the answers of the bot by messages. */
const answers = (page, messages) =>
  mockCalls(page, () => ({
    body: [
      ...messages.map(([event, message]) => ({
        kind: 'event',
        event: `conversation.message.${event}`,
        data: JSON.stringify({ id: '1', role: 'assistant', type: 'answer', ...message }),
        ms: 1,
      })),
      END,
    ],
  }));

chat(
  'answers, and the inputs and outputs of tools are copied',
  async (page) => {
    await send(page, 'Look [tool find {"what": "keys"}] [answer They are **here**.]');
    const form = page.locator('.tool-form');
    await form.getByLabel(/^find\(/).fill('under the mat');
    await form.getByRole('button', { name: 'Submit outputs' }).click();
    await isDone(page);
    await bubbles(page).hover();
    await bubbles(page).getByRole('button', { name: 'Copy', exact: true }).click();
    assert.equal(await copied(page), 'They are **here**.');
    const tool = page.locator('.tool').first();
    await tool.locator('summary').click();
    const copy = tool.getByRole('button', { name: 'Copy', exact: true });
    await copy.first().click();
    assert.deepEqual(JSON.parse(await copied(page)), { what: 'keys' });
    await copy.last().click();
    assert.equal(await copied(page), 'under the mat');
  },
  clipboard,
);

chat('a card is shown, and its choices are sent', async (page) => {
  const card = JSON.stringify({ type: 'box', title: 'Which day?', options: ['Monday', 'Tuesday'] });
  await answers(page, [
    ['delta', { content: card.slice(0, 20), content_type: 'card' }],
    ['completed', { content: card, content_type: 'card' }],
  ]);
  await send(page, 'Ask');
  await isDone(page);
  const shown = bubbles(page).locator('.chat-card');
  await shown.getByText('Which day?').waitFor();
  await page.unroute('**/api/call');
  await shown.getByRole('button', { name: 'Tuesday' }).click();
  await page.locator('.bubble.user', { hasText: 'Tuesday' }).waitFor();
});

chat('a card that the widget cannot show stays JSON', async (page) => {
  await page.route('**/api/previews', (route) => route.fulfill({ status: 500, json: { message: 'no' } }));
  await answers(page, [['completed', { content: '{"title":"Which day?"}', content_type: 'card' }]]);
  await send(page, 'Ask');
  await isDone(page);
  assert.match(await bubbles(page).locator('pre').textContent(), /^\{\n {2}"title": "Which day\?"\n\}$/);
});

chat('long paragraphs, code and reasoning are split', async (page) => {
  const long = 'жa中'.repeat(40_000);
  await answers(page, [
    ['delta', { content: `${long}\n\n`, reasoning_content: long }],
    ['delta', { content: `\`\`\`\n${long}\n\`\`\`\n` }],
  ]);
  await send(page, long.slice(0, 3000));
  await isDone(page);
  const lengths = await page.locator('.chat-log').evaluate((log) => {
    const texts = document.createTreeWalker(log, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) found.push(texts.currentNode.data.length);
    return found;
  });
  assert.ok(Math.max(...lengths) <= 1000, `${Math.max(...lengths)}`);
  assert.equal(await bubbles(page).locator('.markdown > p').textContent(), long);
  assert.equal((await bubbles(page).locator('pre').textContent()).trim(), long);
});

chat('a failure in a stream has a hint and a log ID', async (page) => {
  await send(page, 'Break [fail 4101 Denied]');
  const error = page.locator('.turn .error');
  await error.locator('.hint').first().waitFor();
  assert.match(await error.textContent(), /4101.*Denied.*Log ID \w{16,}/s);
});
