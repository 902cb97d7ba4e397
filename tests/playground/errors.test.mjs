// Tests of what the page offers after an error or an interrupt.

import assert from 'node:assert/strict';
import { browserTest, fillJson, input, mockCalls, open, result, run } from './harness.mjs';

const END = { kind: 'end', ms: 5 };

browserTest('errors offer what solves them', async (page) => {
  await open(page, 'bots.retrieve');
  await input(page, 'bot_id').fill('1');
  await run(page, 'failed');
  await result(page).getByRole('button', { name: 'List objects for bot_id' }).click();
  await page.waitForURL('**/#/operation/bots.list');
  const error = { kind: 'error', message: 'not published', code: 4015, doc: 'https://docs.coze.cn/x' };
  await mockCalls(page, () => ({ body: [error, END] }));
  await open(page, 'chat.create');
  await input(page, 'bot_id').fill('4711');
  await run(page, 'failed');
  const doc = result(page).getByRole('link', { name: 'About this error' });
  assert.equal(await doc.getAttribute('href'), 'https://docs.coze.cn/x');
  await result(page).getByRole('button', { name: 'Publish the bot' }).click();
  await page.waitForURL('**/#/operation/bots.publish');
  assert.equal(await input(page, 'bot_id').inputValue(), '4711');
});

browserTest('a running chat is canceled from the error about it', async (page) => {
  await page.goto(`${new URL(page.url()).origin}/#/chat`);
  await page.locator('#chat-input').fill('Wait [hold]');
  await page.keyboard.press('Enter');
  const conversation = page.getByLabel('Conversation', { exact: true });
  await page.waitForFunction(() =>
    /^\d+$/.test(document.querySelectorAll('.setting input')[2].value),
  );
  const id = await conversation.inputValue();
  const bot_id = await page.getByLabel('Bot', { exact: true }).inputValue();
  const additional_messages = [{ role: 'user', content: 'Hi', content_type: 'text' }];
  const values = { conversation_id: id, bot_id, user_id: 'playground', additional_messages };
  await open(page, 'chat.create');
  await fillJson(page, values);
  await run(page, 'failed');
  assert.match(await result(page).locator('.error').textContent(), /4016/);
  await result(page).getByRole('button', { name: 'Cancel the running chat' }).click();
  await page.locator('.subtitle code', { hasText: /^chat\.cancel$/ }).waitFor();
  assert.equal(await input(page, 'conversation_id').inputValue(), id);
  assert.match(await input(page, 'chat_id').inputValue(), /^\d+$/);
  await run(page);
  await open(page, 'chat.create');
  await run(page);
});

browserTest('an unknown chat is found by the newest message of its conversation', async (page) => {
  const asked = [];
  await mockCalls(page, (request) => {
    const { id } = JSON.parse(/\{"id".*\}/.exec(request.postData())[0]);
    asked.push(id);
    const messages = { code: 0, data: [{ id: '1', chat_id: '778899', conversation_id: '77' }] };
    return id === 'chat.create'
      ? { body: [{ kind: 'error', message: 'busy', code: 4016 }, END] }
      : { body: [{ kind: 'body', text: JSON.stringify(messages) }, END] };
  });
  await open(page, 'chat.create');
  await input(page, 'conversation_id').fill('77');
  await run(page, 'failed');
  await result(page).getByRole('button', { name: 'Cancel the running chat' }).click();
  await page.waitForURL('**/#/operation/chat.cancel');
  assert.equal(await input(page, 'chat_id').inputValue(), '778899');
  assert.deepEqual(asked, ['chat.create', 'conversations.messages.list']);
});

browserTest('a missing permission is named, and the list of objects is opened', async (page) => {
  const errors = [
    { kind: 'error', message: 'no permission', code: 4101 },
    { kind: 'error', message: 'not found', code: 4200 },
  ];
  await mockCalls(page, () => ({ body: [errors.shift(), END] }));
  await open(page, 'bots.retrieve');
  await run(page, 'failed');
  const permission = await page.locator('.facts code').first().textContent();
  assert.ok((await result(page).locator('.error').textContent()).includes(`needs: ${permission}.`));
  await run(page, 'failed');
  await result(page).getByRole('button', { name: 'List objects for bot_id' }).click();
  await page.waitForURL('**/#/operation/bots.list');
});

for (const [host, region] of [['api.coze.cn', 'cn'], ['api.coze.com', 'com']])
  browserTest(`an error about a token on ${host} leads to the page for tokens`, async (page) => {
    await page.route('**/api/state', async (route) => {
      const state = await (await route.fetch()).json();
      const real = { backend: 'profile', profile: 'ada', base_url: `https://${host}`, faults: [] };
      await route.fulfill({ json: { ...state, ...real } });
    });
    await page.reload();
    await mockCalls(page, () => ({ body: [{ kind: 'error', message: 'no permission', code: 4101 }, END] }));
    await open(page, 'bots.retrieve');
    await input(page, 'bot_id').fill('1');
    await run(page, 'failed');
    const link = result(page).getByRole('link', { name: 'Edit the token' });
    assert.equal(await link.getAttribute('href'), `https://www.coze.${region}/open/oauth/pats`);
  });

/** Lets the mock have a fault, which is named in the header. */
async function chooseFault(page, fault) {
  await page.locator('.backend').click();
  await page.getByRole('dialog').getByLabel('Simulated fault').selectOption({ label: fault });
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('.backend', { hasText: fault === 'no fault' ? /^Local mock$/ : fault }).waitFor();
  await page.locator('.side .run').waitFor();
}

browserTest('half a response is shown with what is wrong with it', async (page) => {
  await open(page, 'users.me');
  await chooseFault(page, 'responses break off halfway');
  await run(page, 'failed');
  const error = result(page).locator('.error');
  assert.match(await error.textContent(), /not complete JSON: EOF.*probably cut off/);
  // What arrived is there, can be saved, and says why it is not compared with the model.
  assert.match(await result(page).locator('.body-text').textContent(), /^\{"code":0,"msg":"","data":\{"user_id":/);
  await result(page).getByRole('button', { name: 'Save', exact: true }).waitFor();
  await page.getByRole('tab', { name: 'SDK reading', exact: true }).click();
  await result(page).getByText('The response is not JSON.').waitFor();
  await open(page, 'chat.create');
  await run(page, 'failed');
  assert.match(await error.textContent(), /the stream ended before its last event/);
  assert.match(await result(page).locator('.body-text').textContent(), /^event:conversation\.chat\.created\n/);
  await page.goto(`${new URL(page.url()).origin}/#/chat`);
  await page.locator('#chat-input').fill('Hello');
  await page.keyboard.press('Enter');
  await page.locator('.turn[data-phase="failed"]').getByText('the stream ended before its last event').waitFor();
  // The record says it too, and the same call succeeds without the fault.
  await open(page, 'users.me');
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.locator('.record-message', { hasText: 'not complete JSON' }).waitFor();
  await chooseFault(page, 'no fault');
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.locator('.record').getByRole('button', { name: 'Run again' }).click();
  await page.locator('.chip[data-phase="ok"]').waitFor();
});

browserTest('an HTML page in place of JSON is shown as text, with its status and title', async (page) => {
  await open(page, 'users.me');
  await chooseFault(page, 'HTML pages instead of JSON');
  await run(page, 'failed');
  const error = result(page).locator('.error');
  assert.match(await error.textContent(), /an HTML page titled "502 Bad Gateway" \(HTTP 502/);
  await page.locator('.status-bar').getByText(/^\d attempts$/).waitFor();
  assert.match(await result(page).locator('.body-text').textContent(), /^<!DOCTYPE html>\n<html>/);
  // It is not part of the page.
  assert.equal(await result(page).locator('center').count(), 0);
  await page.getByRole('tab', { name: 'SDK reading', exact: true }).click();
  await result(page).getByText('The response is not JSON.').waitFor();
  await page.getByRole('tab', { name: 'Response', exact: true }).click();
  await page.locator('.response-head summary').first().click();
  await result(page).getByText('text/html; charset=utf-8').first().waitFor();
  await page.goto(`${new URL(page.url()).origin}/#/chat`);
  await page.locator('#chat-input').fill('Hello');
  await page.keyboard.press('Enter');
  await page.locator('.turn[data-phase="failed"]').getByText('502 Bad Gateway').waitFor();
  await open(page, 'users.me');
  await chooseFault(page, 'no fault');
  await run(page);
});

browserTest('faults of the mock are seen: limits, attempts and time', async (page) => {
  const choose = (fault) => chooseFault(page, fault);
  await open(page, 'users.me');
  for (const [fault, expected] of [
    ['too many requests (429)', /4013/],
    ['unavailable (503)', /503/],
  ]) {
    await choose(fault);
    await run(page, 'failed');
    assert.match(await result(page).locator('.error').textContent(), expected, fault);
  }
  // Each attempt is counted, and has its own request.
  await choose('unavailable (503)');
  await run(page, 'failed');
  const attempts = await page.locator('.status-bar').getByText(/^\d+ attempts$/).textContent();
  await page.getByRole('tab', { name: 'Request', exact: true }).click();
  await result(page).getByRole('heading', { name: `Attempt ${parseInt(attempts, 10)}` }).waitFor();
  await choose('slow responses (3 s)');
  await page.keyboard.press('Control+Enter');
  await page.locator('.chip[data-phase="running"]').waitFor();
  await page.locator('.clock').waitFor();
  await page.locator('.chip[data-phase="ok"]').waitFor();
  await choose('no fault');
  await run(page);
});

browserTest('an interrupted workflow asks, and the answer resumes it', async (page) => {
  const interrupt = { interrupt_data: { event_id: '77/88', type: 2, data: '{"content": "Which day?"}' } };
  const sent = [];
  await mockCalls(page, (request) => {
    const call = JSON.parse(/\{"id".*\}/.exec(request.postData())[0]);
    sent.push(call);
    const event = { kind: 'event', event: 'Interrupt', data: JSON.stringify(interrupt), ms: 1 };
    return { body: call.id === 'workflows.runs.stream' ? [event, END] : [END] };
  });
  await open(page, 'workflows.runs.stream');
  const workflow = await input(page, 'workflow_id').inputValue();
  await run(page);
  await result(page).getByLabel('The workflow asks: Which day?').fill('Monday');
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: 'English' }).click();
  assert.equal(await result(page).getByLabel('The workflow asks: Which day?').inputValue(), 'Monday');
  await result(page).getByRole('button', { name: 'Answer and resume' }).click();
  await page.locator('.subtitle code', { hasText: /^workflows\.runs\.resume$/ }).waitFor();
  await page.locator('.chip[data-phase="ok"]').waitFor();
  assert.deepEqual(sent[1].values, {
    workflow_id: workflow,
    event_id: '77/88',
    interrupt_type: 2,
    resume_data: 'Monday',
  });
});
