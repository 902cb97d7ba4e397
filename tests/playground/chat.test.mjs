// Tests of the chat pane. The texts in brackets are directives for the mock.

import assert from 'node:assert/strict';
import { browserTest, mockCalls, origin } from './harness.mjs';

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

const END = { kind: 'end', ms: 1 };
const bodyOf = (value) => [{ kind: 'body', text: JSON.stringify(value) }, END];

chat('the bot greets, and its questions can be sent', async (page) => {
  await mockCalls(page, () => ({
    body: bodyOf({
      data: { onboarding_info: { prologue: 'Hello **you**', suggested_questions: ['Why?'] } },
    }),
  }));
  await page.getByLabel('Bot', { exact: true }).fill('4711');
  await page.locator('.greeting strong', { hasText: 'you' }).waitFor();
  await page.unroute('**/api/call');
  await page.getByRole('button', { name: 'Why?' }).click();
  await page.locator('.bubble.user', { hasText: 'Why?' }).waitFor();
});

chat('a conversation shows its newest messages, and older ones on demand', async (page) => {
  const message = (id, role, content) => ({ id, role, type: 'answer', content });
  const asked = [];
  await mockCalls(page, (request) => {
    const [, values] = /"values":(\{.*?\})/.exec(request.postData());
    asked.push(JSON.parse(values));
    return asked.length === 1
      ? {
          body: bodyOf({
            data: [message('4', 'assistant', 'new answer'), message('3', 'user', 'new question')],
            has_more: true,
            last_id: '3',
          }),
        }
      : {
          body: bodyOf({
            data: [message('2', 'assistant', 'old answer'), message('1', 'user', 'old question')],
            has_more: false,
          }),
        };
  });
  await page.getByLabel('Conversation', { exact: true }).fill('77');
  await page.getByRole('button', { name: 'Load messages' }).click();
  await page.getByText('new answer').waitFor();
  await page.getByRole('button', { name: 'Load older messages' }).click();
  await page.getByText('old answer').waitFor();
  const shown = await page.locator('.bubble').allTextContents();
  assert.deepEqual(
    shown.map((text) => text.replace(/^(You|Bot): /, '')),
    ['old question', 'old answer', 'new question', 'new answer'],
  );
  assert.deepEqual(asked, [
    { conversation_id: '77', order: 'desc', limit: 50 },
    { conversation_id: '77', order: 'desc', limit: 50, after_id: '3' },
  ]);
  assert.equal(await page.getByRole('button', { name: 'Load older messages' }).count(), 0);
});

chat('without a bot, the page says what is missing', async (page) => {
  await page.getByLabel('Bot', { exact: true }).fill('');
  await send(page, 'Hello');
  await page.getByText('Enter the ID of a bot, or choose one.').waitFor();
  assert.equal(await page.locator('#chat-input').inputValue(), 'Hello');
  await page.getByRole('button', { name: 'Choose a bot' }).click();
  await page.getByRole('dialog').locator('.id-choice').first().click();
  assert.match(await page.getByLabel('Bot', { exact: true }).inputValue(), /^\d+$/);
});

chat('a question of a workflow is shown as a question', async (page) => {
  const tool_calls = [
    {
      id: 'call',
      type: 'reply_message',
      function: { name: 'ask', arguments: '{"question": "Which city?"}' },
    },
  ];
  const data = { required_action: { submit_tool_outputs: { tool_calls } } };
  const event = { kind: 'event', event: 'conversation.chat.requires_action', ms: 1 };
  await mockCalls(page, () => ({ body: [{ ...event, data: JSON.stringify(data) }, END] }));
  await send(page, 'Weather');
  await page.getByText('The bot asks:').waitFor();
  await page.getByLabel('Which city?').waitFor();
});

chat('Markdown has images, quotes, rules, deletions and escaped pipes', async (page) => {
  const html = await page.evaluate(async () => {
    const { markdown } = await import('/assets/markdown.js');
    const text =
      '> quoted **text**\n> more\n\n---\n\n~~gone~~ ![a tree](http://x/t.png)\n\n' +
      '| a | b |\n|---|---|\n| 1 \\| 2 | 3 |\n\n![safe](javascript:alert(1))';
    return markdown(text).innerHTML;
  });
  assert.match(html, /<blockquote><div[^>]*><p>quoted <strong>text<\/strong> more<\/p>/);
  assert.match(html, /<hr>/);
  assert.match(html, /<del>gone<\/del>/);
  assert.match(html, /<a [^>]*href="http:\/\/x\/t.png"[^>]*>a tree<\/a>/);
  assert.match(html, /<td>1 \| 2<\/td><td>3<\/td>/);
  assert.doesNotMatch(html, /href="javascript/);
  const image = await page.evaluate(async () => {
    const { markdown } = await import('/assets/markdown.js');
    const image = markdown('![a tree](https://example.com/t.png)').querySelector('img');
    return [image.alt, image.getAttribute('src'), image.referrerPolicy];
  });
  assert.deepEqual(image, ['a tree', 'https://example.com/t.png', 'no-referrer']);
});
