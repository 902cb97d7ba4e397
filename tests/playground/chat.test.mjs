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

chat('a double click sends once and does not stop the answer', async (page) => {
  await page.locator('#chat-input').fill('Hello [answer Good morning.]');
  await page.getByRole('button', { name: 'Send' }).dblclick();
  await turnIsDone(page, 1);
  assert.equal(await page.locator('.turn').count(), 1);
});

chat('files and answers that are not sent survive another view and start', async (page) => {
  await page.locator('.composer input[type=file]').setInputFiles([
    { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('a plan') },
  ]);
  const chip = page.locator('.attachment', { hasText: 'plan.txt6 B' });
  await chip.waitFor();
  const view = (name) => page.locator('.nav').getByRole('link', { name }).click();
  await view('Operations');
  await page.locator('.operation').waitFor();
  await view('Chat');
  await chip.waitFor();
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: 'English' }).click();
  await page.reload();
  await chip.waitFor();
  await send(page, 'Look it up [tool find {}] [answer They are {find}.]');
  await chip.waitFor({ state: 'detached' });
  const answer = page.locator('.tool-form').getByLabel(/^find\(/);
  await answer.fill('under the mat');
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: 'English' }).click();
  await page.reload();
  assert.equal(await answer.inputValue(), 'under the mat');
  await page.getByRole('button', { name: 'Submit outputs' }).click();
  await turnIsDone(page, 1);
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
  await page.getByRole('button', { name: 'Choose… Bot' }).click();
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

chat('images and files are uploaded and sent with the message', async (page) => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  await page.locator('.composer input[type=file]').setInputFiles([
    { name: 'dot.png', mimeType: 'image/png', buffer: png },
    { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('a plan') },
    { name: 'wrong.txt', mimeType: 'text/plain', buffer: Buffer.from('wrong') },
  ]);
  const chips = page.locator('.attachment');
  await chips.filter({ hasText: 'dot.png70 B' }).locator('img').waitFor();
  await page.getByRole('button', { name: 'Remove wrong.txt' }).click();
  await chips.filter({ hasText: 'plan.txt6 B' }).waitFor();
  await send(page, 'Look at these');
  await turnIsDone(page, 1);
  assert.match(await replies(page).first().textContent(), /Look at these/);
  const sent = page.locator('.bubble.user').first();
  assert.equal(await sent.locator('img').getAttribute('alt'), 'dot.png');
  assert.match(await sent.textContent(), /plan\.txt/);
  assert.equal(await chips.count(), 0);
  // What was sent is in the code of the turn.
  await page.locator('.turn').first().getByRole('button', { name: 'Code' }).click();
  await page.getByRole('dialog').getByRole('tab', { name: 'curl' }).click();
  await page.getByRole('dialog').getByText('object_string').first().waitFor();
  const code = await page.getByRole('dialog').locator('.sample').textContent();
  assert.match(code, /\\"type\\":\\"image\\",\\"file_id\\":\\"\d+/);
  assert.match(code, /\\"type\\":\\"file\\",\\"file_id\\":\\"\d+/);
});

chat('a pasted image is uploaded, and a failed upload says why', async (page) => {
  await mockCalls(page, () => ({ body: [{ kind: 'error', message: 'file too large' }, END] }));
  await page.locator('#chat-input').evaluate((input) => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'shot.png', { type: 'image/png' }));
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  });
  await page.locator('.attachment', { hasText: 'file too large' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
  await page.getByRole('button', { name: 'Remove shot.png' }).click();
  assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), false);
});

chat('each answer has its tokens, a timeline and code', async (page) => {
  await send(page, 'Hello [answer One two three.]');
  await turnIsDone(page, 1);
  const turn = page.locator('.turn').first();
  assert.match(await turn.locator('.tokens').textContent(), /^\d+ tokens \(\d+ in, \d+ out\)$/);
  await turn.getByText(/^Timeline · first text after/).click();
  const steps = await turn.locator('.timeline li').allTextContents();
  assert.match(steps[0], /^conversation\.chat\.created\d+ ms$/);
  assert.ok(steps.some((step) => /^conversation\.message\.delta× \d+/.test(step)), steps.join());
  await turn.getByRole('button', { name: 'Code' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('tab', { name: 'Rust' }).click();
  await dialog.locator('.sample', { hasText: 'One two three' }).waitFor();
  assert.match(await dialog.locator('.sample').textContent(), /coze\s*\.chat\(\)/);
});

chat('an answer grows without being built again', async (page) => {
  await page.evaluate(() => {
    window.removed = 0;
    window.built = 0;
    new MutationObserver((records) => {
      for (const { removedNodes, addedNodes } of records) {
        const bubbles = (nodes) => [...nodes].filter((each) => each.matches?.('.turn, .bubble.bot:has(.markdown), .markdown')).length;
        window.removed += bubbles(removedNodes);
        window.built += bubbles(addedNodes);
      }
    }).observe(document.querySelector('.chat-log'), { childList: true, subtree: true });
  });
  const text = Array.from({ length: 12 }, (_, n) => `Paragraph ${n} is here.`).join(' ');
  await send(page, `Go [answer ${text}]`);
  await turnIsDone(page, 1);
  assert.equal(await page.evaluate(() => window.removed), 0);
  // The turn and the bubble of its answer.
  assert.equal(await page.evaluate(() => window.built), 2);
});

chat('a growing text keeps the elements of its first blocks', async (page) => {
  const kept = await page.evaluate(async () => {
    const { renderMarkdown } = await globalThis.moduleOf('markdown');
    const root = document.createElement('div');
    renderMarkdown(root, 'first\n\n- a\n- b\n\nthi');
    const before = [...root.children];
    renderMarkdown(root, 'first\n\n- a\n- b\n\nthird *block*\n\nfourth');
    return [
      [...root.children].map((each) => before.includes(each)),
      root.textContent.replace(/\s+/g, ' '),
    ];
  });
  assert.deepEqual(kept, [[true, true, false, false], 'first a b third blockfourth']);
});

chat('a question moves the focus, and another message ends it', async (page) => {
  await send(page, 'Look it up [tool find {"what": "keys"}] [answer They are {find}.]');
  const answer = page.getByLabel(/^find\(/);
  await answer.waitFor();
  await page.waitForFunction(() => document.activeElement.id.startsWith('tool'));
  await send(page, 'Never mind [answer All right.]');
  await turnIsDone(page, 2);
  assert.equal(await page.locator('.tool-form').count(), 0);
  assert.match(await replies(page).last().textContent(), /All right/);
});

chat('errors of a chat have actions', async (page) => {
  const error = { kind: 'error', message: 'not published', code: 4015 };
  await mockCalls(page, () => ({ body: [error, END] }));
  await send(page, 'Hello');
  await page.getByRole('button', { name: 'Publish the bot' }).click();
  await page.waitForURL('**/#/operation/bots.publish');
});

chat('older messages join the turn that they belong to, and the place stays', async (page) => {
  const message = (id, role, content) => ({ id, role, type: 'answer', content });
  const pages = [
    {
      data: [
        message('9', 'assistant', 'last answer '.repeat(400)),
        message('8', 'user', 'last question'),
        message('7', 'assistant', 'split answer'),
      ],
      has_more: true,
      last_id: '7',
    },
    {
      data: [message('6', 'user', 'split question'), message('5', 'assistant', 'opening '.repeat(400))],
      has_more: false,
    },
  ];
  await mockCalls(page, () => ({ body: bodyOf(pages.shift()) }));
  await page.getByLabel('Conversation', { exact: true }).fill('77');
  await page.getByRole('button', { name: 'Load messages' }).click();
  await page.getByText('last question').waitFor();
  const log = page.locator('.chat-log');
  await log.evaluate((each) => {
    each.scrollTop = 0;
  });
  const offset = () => page.getByText('last question').evaluate((each) => each.getBoundingClientRect().top);
  const before = await offset();
  await page.getByRole('button', { name: 'Load older messages' }).click();
  await page.getByText('split question').waitFor();
  assert.ok(Math.abs((await offset()) - before) < 60, `${await offset()} ${before}`);
  assert.equal(await page.locator('.turn').count(), 3);
  const second = page.locator('.turn').nth(1);
  assert.match(await second.textContent(), /split question.*split answer/s);
});

chat('images of answers and of loaded questions are shown', async (page) => {
  const parts = [
    { type: 'text', text: 'What is it?' },
    { type: 'image', file_url: 'https://example.com/q.png', file_id: '1' },
  ];
  const answer = [{ type: 'image', file_url: 'https://example.com/a.png', name: 'a tree' }];
  const message = (role, content) => ({
    id: role,
    role,
    type: role === 'user' ? 'question' : 'answer',
    content: JSON.stringify(content),
    content_type: 'object_string',
  });
  await page.route('https://example.com/**', (route) => route.fulfill({ body: '' }));
  await page.evaluate(async ([messages]) => {
    const { turnsOf } = await globalThis.moduleOf('turns');
    window.turns = turnsOf(messages);
  }, [[message('user', parts), message('assistant', answer)]]);
  const [turn] = await page.evaluate(() => window.turns);
  assert.equal(turn.question, 'What is it?');
  assert.deepEqual(turn.attachments, [{ kind: 'image', name: '1', url: 'https://example.com/q.png' }]);
  assert.deepEqual(turn.answers, { assistant: '![a tree](<https://example.com/a.png>)' });
});

chat('Markdown is complete, and everything unsafe in it is removed', async (page) => {
  const render = (text) =>
    page.evaluate(async (text) => {
      const { markdown } = await globalThis.moduleOf('markdown');
      return markdown(text).innerHTML;
    }, text);
  const html = await render(
    '> quoted **text**\n> more\n\n---\n\n~~gone~~ ![a tree](http://x/t.png)\n\n' +
      '| a | b |\n|---|---:|\n| 1 \\| 2 | 3<br>4 |\n\n1. one\n   - inside\n\n     ```rust\n     let x = "<b>";\n     ```\n\n' +
      '# Title\n\n- [x] done\n\n<https://example.com> [ref][r]\n\n[r]: https://example.com/r',
  );
  assert.match(html, /<blockquote>\s*<p>quoted <strong>text<\/strong>\s+more<\/p>/);
  assert.match(html, /<hr>/);
  assert.match(html, /<del>gone<\/del> <a [^>]*href="http:\/\/x\/t.png"[^>]*>a tree<\/a>/);
  assert.match(html, /<td>1 \| 2<\/td>\s*<td align="right">3<br>4<\/td>/);
  assert.match(html, /<ol>\s*<li>\s*(<p>)?one(<\/p>)?\s*<ul>\s*<li>[\s\S]*<pre tabindex="0"><code class="language-rust">let x = "&lt;b&gt;";/);
  assert.match(html, /<p class="heading"><strong>Title<\/strong><\/p>/);
  assert.match(html, /☑ +done/);
  assert.match(html, /<a href="https:\/\/example.com" target="_blank" rel="noopener noreferrer">/);
  const unsafe = await render(
    '<img src=x onerror=alert(1)> <script>alert(2)</script>\n\n<iframe src="//x"></iframe>\n\n' +
      '[a](javascript:alert(3)) ![b](javascript:alert(4)) [c](data:text/html,x) ![d](https://x/"onload="alert(5))' +
      ' [e](https://x "t\\"onclick=alert(6)") `<svg onload=alert(7)>`',
  );
  assert.doesNotMatch(unsafe, /<(script|iframe|svg)|href="(javascript|data)|src="(javascript|x)|<[^>]*\son\w+=/);
  assert.match(unsafe, /&lt;img src=x onerror=alert\(1\)&gt;/);
  const image = await page.evaluate(async () => {
    const { markdown } = await globalThis.moduleOf('markdown');
    const image = markdown('![a tree](https://example.com/t.png)').querySelector('img');
    return [image.alt, image.getAttribute('src'), image.referrerPolicy];
  });
  assert.deepEqual(image, ['a tree', 'https://example.com/t.png', 'no-referrer']);
});
