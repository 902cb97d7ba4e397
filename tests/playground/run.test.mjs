// Tests of runs: queries, uploads, streams, files, errors, cancellation and confirmation.

import assert from 'node:assert/strict';
import {
  browserTest,
  busyTime,
  fillJson,
  input,
  mockCalls,
  open,
  result,
  run,
  state,
} from './harness.mjs';

const END = { kind: 'end', ms: 5 };

browserTest('a run shows status, time, log ID, response, request and headers', async (page) => {
  await open(page, 'bots.list');
  await run(page);
  const status = page.locator('.status-bar');
  assert.match(await status.textContent(), /Succeeded.*HTTP 200.*\d ms/);
  assert.match(await status.locator('.log-id').textContent(), /^\w{16,}$/);
  const body = result(page).locator('.body-text');
  assert.match(await body.textContent(), /^\{"code":0,/);
  await page.getByRole('button', { name: 'Indent', exact: true }).click();
  assert.match(await body.textContent(), /^\{\n {2}"code": 0,/);
  const head = result(page).locator('.response-head');
  assert.match(await head.locator('summary').textContent(), /^HTTP 200 · \d+ headers$/);
  await head.locator('summary').click();
  await head.getByText('content-type', { exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Request', exact: true }).click();
  const request = await result(page).textContent();
  assert.match(request, /GET http/);
  assert.match(request, /\/v1\/bots/);
  assert.match(request, /authorization/i);
  assert.doesNotMatch(request, /Bearer \w/);
  // Both choices are kept.
  await page.reload();
  await open(page, 'bots.list');
  await run(page);
  await head.getByText('content-type', { exact: true }).waitFor();
  assert.match(await body.textContent(), /^\{\n {2}"code": 0,/);
});

browserTest('a response is shown unchanged, and its fields are annotated', async (page) => {
  const text = '{"code":0,"data":{"user_id":12345678901234567890123,"zz":1.10,"brand_new":null}}';
  const annotated = {
    members: [
      {
        name: 'code',
        known: { name: 'code', type: 'integer', required: true, description: 'Zero.' },
        value: { text: '0' },
      },
      { name: 'zz', value: { text: '1.10' } },
    ],
    missing: [{ name: 'msg', type: 'string', required: true, description: 'A message.' }],
  };
  await mockCalls(page, () => ({ body: [{ kind: 'body', text, annotated }, END] }));
  await open(page, 'users.me');
  await run(page);
  const body = result(page).locator('.body-text');
  assert.equal(await body.textContent(), text);
  await page.getByRole('button', { name: 'Indent', exact: true }).click();
  const indented = await body.textContent();
  assert.match(indented, /\n {4}"zz": 1\.10,\n/);
  assert.equal(indented.replaceAll(/\n */g, '').replaceAll(': ', ':'), text);
  await page.getByRole('tab', { name: 'SDK reading', exact: true }).click();
  assert.match(
    await result(page).locator('.leaf', { hasText: 'zz' }).textContent(),
    /^zz: 1\.10new$/,
  );
  assert.match(await result(page).locator('.leaf.missing').textContent(), /^msg string missing$/);
  assert.equal(
    await result(page).locator('.leaf', { hasText: 'code' }).locator('.mark').count(),
    0,
  );
});

browserTest('fields can be collapsed and expanded', async (page) => {
  await open(page, 'bots.retrieve');
  await run(page);
  await page.getByRole('tab', { name: 'SDK reading', exact: true }).click();
  const collapsed = result(page).locator('.tree details:not([open])');
  await page.getByRole('button', { name: 'Collapse', exact: true }).click();
  assert.ok((await collapsed.count()) > 0);
  await page.getByRole('button', { name: 'Expand' }).click();
  assert.equal(await collapsed.count(), 0);
  assert.match(
    await result(page)
      .locator('.leaf', { hasText: /^bot_id/ })
      .first()
      .textContent(),
    /^bot_id: "\d+"$/,
  );
});

browserTest('a long response is shown in chunks', async (page) => {
  await mockCalls(page, () => ({
    body: [{ kind: 'body', text: `"${'жa'.repeat(200_000)}"` }, END],
  }));
  await open(page, 'users.me');
  await run(page);
  const body = result(page).locator('.body-text');
  assert.equal((await body.textContent()).length, 40_000);
  await page.getByRole('button', { name: 'Show more (360002 characters left)' }).click();
  assert.equal((await body.textContent()).length, 80_000);
});

browserTest('a response of 16 MiB is shown at once and stays responsive', async (page) => {
  const entry = '{"name":"жa中","list":[1,2.50,{"deep":null}],"big":12345678901234567890},';
  const list = entry.repeat(Math.ceil((15 * 1024 * 1024) / Buffer.byteLength(entry)));
  const text = `{"code":0,${' '.repeat(1024 * 1024)}"data":[${list.slice(0, -1)}]}`;
  await mockCalls(page, () => ({ body: [{ kind: 'body', text, annotated: null }, END] }));
  await open(page, 'users.me');
  const seconds = await busyTime(page);
  await run(page);
  assert.match(await page.locator('.status-bar').textContent(), /16\.\d MiB/);
  const body = result(page).locator('.body-text');
  assert.equal(await body.textContent(), text.slice(0, 40_000));
  await page.getByRole('button', { name: /^Show more/ }).click();
  assert.equal(await body.textContent(), text.slice(0, 80_000));
  await page.getByRole('button', { name: 'Indent', exact: true }).click();
  assert.match(await body.textContent(), /^\{\n {2}"code": 0,\n {2}"data": \[\n {4}\{\n/);
  const spent = await seconds();
  assert.ok(spent > 0 && spent < 4, `the page was busy for ${spent} s`);
});

browserTest('JSON in strings opens, and long strings are shown in pieces', async (page) => {
  const inside = '{"total": 12345678901234567890, "list": [1.50]}';
  const annotated = {
    members: [
      { name: 'data', value: { text: JSON.stringify(inside) } },
      { name: 'long', value: { text: `"${'жa中'.repeat(200_000)}"` } },
    ],
  };
  await mockCalls(page, () => ({ body: [{ kind: 'body', text: '{}', annotated }, END] }));
  await open(page, 'workflows.runs.create');
  await run(page);
  await page.getByRole('tab', { name: 'SDK reading', exact: true }).click();
  await result(page).getByText('JSON in this string').click();
  const opened = result(page).locator('.inside .leaf');
  assert.match(await opened.first().textContent(), /^total: 12345678901234567890/);
  assert.match(await opened.nth(1).textContent(), /^0: 1\.50/);
  const long = result(page).locator('.leaf', { hasText: /^long/ });
  assert.ok((await long.textContent()).length < 41_000);
  await long.getByRole('button', { name: /^Show more/ }).click();
  assert.ok((await long.textContent()).length > 80_000);
});

browserTest('integers above 2^53 are sent and recorded without rounding', async (page) => {
  const sent = [];
  await mockCalls(page, (request) => {
    sent.push(request.postData());
    return { body: [{ kind: 'body', text: '{}' }, END] };
  });
  await open(page, 'bots.list');
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await page.getByLabel('Values').fill('{"workspace_id": 9007199254740993, "page_num": 1}');
  await run(page);
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.locator('.record', { hasText: '9007199254740993' }).waitFor();
  await page.reload();
  await page.getByRole('tab', { name: 'Run records' }).click();
  await page.locator('.record', { hasText: '9007199254740993' }).getByText('Run again').click();
  await page.locator('.chip[data-phase="ok"]').waitFor();
  await open(page, 'datasets.documents.list');
  await input(page, 'page').fill('9007199254740993');
  await run(page);
  for (const text of sent) assert.match(text, /:"?9007199254740993\b/);
  assert.equal(sent.length, 3);
});

browserTest('an upload sends the chosen file', async (page) => {
  await open(page, 'files.upload');
  await page.locator('input[type=file]').setInputFiles({
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('twelve bytes'),
  });
  await page.getByText('notes.txt · 12 B').waitFor();
  await run(page);
  await result(page).getByText('"notes.txt"').first().waitFor();
  assert.match(await result(page).locator('.body-text').textContent(), /"bytes":12\b/);
});

browserTest('a stream shows its events and the text that they form', async (page) => {
  const { defaults } = await state(page);
  await open(page, 'chat.create');
  await fillJson(page, {
    bot_id: defaults.bot_id,
    user_id: 'ada',
    additional_messages: [
      {
        role: 'user',
        type: 'question',
        content: 'Say [answer Streams work.]',
        content_type: 'text',
      },
    ],
  });
  await run(page);
  const frames = await result(page).locator('.event-view .body-text').textContent();
  assert.match(frames, /^event:conversation\.chat\.created\ndata:\{"/);
  assert.match(frames, /\n\nevent:done\ndata:/);
  await page.getByRole('button', { name: 'Event list', exact: true }).click();
  const events = result(page).locator('.events > li');
  const names = await events.locator('.event-name').allTextContents();
  assert.equal(names[0], 'conversation.chat.created');
  assert.ok(names.filter((name) => name === 'conversation.message.delta').length > 1, `${names}`);
  assert.match(await result(page).locator('.assembled-text').textContent(), /Streams work\./);
  await events.first().locator('summary').click();
  await events.first().locator('.body-text', { hasText: 'conversation_id' }).waitFor();
  await page.getByRole('tab', { name: 'SDK reading', exact: true }).click();
  await events.first().locator('summary').click();
  await events.first().locator('.tree', { hasText: 'conversation_id' }).waitFor();
});

browserTest('the text of each workflow node is separate', async (page) => {
  await open(page, 'workflows.runs.stream');
  await run(page);
  const text = await result(page).locator('.assembled-text').textContent();
  assert.match(
    text,
    /^Hello, this is a workflow of the mock\.\n\nYou gave it \{"user_name".*\}\.\n\n\{"output":/,
  );
});

browserTest('without streaming, the operation returns JSON', async (page) => {
  await open(page, 'chat.create');
  await page.getByLabel('Stream the response').uncheck();
  await run(page);
  assert.equal(await result(page).locator('.events').count(), 0);
  assert.match(await result(page).locator('.body-text').textContent(), /conversation_id/);
});

browserTest('a run can be canceled', async (page) => {
  const { defaults } = await state(page);
  await open(page, 'chat.create');
  await fillJson(page, {
    bot_id: defaults.bot_id,
    user_id: 'ada',
    additional_messages: [
      { role: 'user', type: 'question', content: 'Wait [hold]', content_type: 'text' },
    ],
  });
  await page.keyboard.press('Control+Enter');
  await result(page).locator('.body-text', { hasText: 'conversation.chat.in_progress' }).waitFor();
  // A click right after the start would be the second one of a double click.
  await page.waitForTimeout(600);
  await page.locator('.side .run', { hasText: 'Cancel' }).click();
  await page.locator('.chip[data-phase="canceled"]').waitFor();
  await page.locator('.side .run', { hasText: 'Run' }).waitFor();
});

browserTest('audio can be played', async (page) => {
  await open(page, 'audio.speech.create');
  await run(page);
  const audio = result(page).locator('audio');
  await audio.waitFor();
  const seconds = await audio.evaluate(
    (each) =>
      new Promise((resolve, reject) => {
        const check = () =>
          each.readyState > 0 ? resolve(each.duration) : each.error && reject(each.error);
        each.addEventListener('loadedmetadata', check);
        each.addEventListener('error', check);
        check();
      }),
  );
  assert.ok(seconds > 0);
  const position = await audio.evaluate(
    (each, to) =>
      new Promise((resolve) => {
        each.addEventListener('seeked', () => resolve(each.currentTime));
        each.currentTime = to;
      }),
    seconds / 2,
  );
  assert.ok(Math.abs(position - seconds / 2) < 0.1, `${position} of ${seconds}`);
});

browserTest('an error shows its code, message and log ID', async (page) => {
  await open(page, 'bots.retrieve');
  await input(page, 'bot_id').fill('1');
  await run(page, 'failed');
  const error = await result(page).locator('.error').textContent();
  assert.match(error, /^Error 4200 \S/);
  assert.match(await result(page).locator('.body-text').textContent(), /"code":4200/);
  assert.equal(error.match(/4200/g).length, 1, error);
  assert.match(await page.locator('.log-id').textContent(), /^\w{16,}$/);
});

browserTest('the hint of an error is shown', async (page) => {
  await mockCalls(page, () => ({
    body: [
      {
        kind: 'error',
        message: 'authentication is invalid',
        code: 4100,
        status: 401,
        log_id: '2026ABC',
        hint: 'Log in again with `coze auth login`.',
      },
      END,
    ],
  }));
  await open(page, 'bots.list');
  await run(page, 'failed');
  assert.match(await page.locator('.status-bar').textContent(), /Failed.*HTTP 401.*2026ABC/);
  assert.equal(
    await result(page).locator('.hint').textContent(),
    'Log in again with `coze auth login`.',
  );
});

browserTest('a stopped local server is reported', async (page) => {
  await open(page, 'bots.list');
  await page.route('**/api/call', (route) => route.abort());
  await run(page, 'failed');
  await result(page).getByText('The local server does not respond.').waitFor();
});

browserTest('invalid input is reported with the message of the server', async (page) => {
  await mockCalls(page, () => ({ status: 400, body: { message: 'page_size: not a number' } }));
  await open(page, 'bots.list');
  await run(page, 'failed');
  assert.match(await result(page).textContent(), /page_size: not a number/);
});

browserTest('a change is confirmed before anything is sent', async (page) => {
  await page.route('**/api/state', (route) =>
    route.fulfill({
      json: {
        backend: 'profile',
        profile: 'ada',
        base_url: 'https://api.coze.cn',
        version: '0',
        defaults: {},
        profiles: [{ name: 'ada', base_url: 'https://api.coze.cn' }],
        environment: false,
        faults: [],
      },
    }),
  );
  await page.reload();
  await page.locator('.backend', { hasText: 'Real API · api.coze.cn · China · ada' }).waitFor();
  const calls = [];
  await mockCalls(page, (request) => {
    calls.push(/"confirmed":true/.test(request.postData()));
    return { body: [{ kind: 'body', text: '{"data":{"bot_id":"7"}}' }, END] };
  });
  await open(page, 'bots.update');
  await fillJson(page, { bot_id: '73427', name: 'n' });
  await page.keyboard.press('Control+Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('bots.update may change data in the account of “ada”').waitFor();
  await dialog.getByText('POST https://api.coze.cn/v1/bot/update').waitFor();
  await dialog.getByText('bot_id = 73427').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel');
  await page.keyboard.press('Enter');
  await page.locator('.chip[data-phase="canceled"]').waitFor();
  assert.deepEqual(calls, []);
  await page.keyboard.press('Control+Enter');
  await dialog.getByRole('button', { name: 'Run' }).click();
  await page.locator('.chip[data-phase="ok"]').waitFor();
  assert.deepEqual(calls, [true]);
});

browserTest('the server demands a confirmation if another tab chose a real API', async (page) => {
  const calls = [];
  await mockCalls(page, (request) => {
    const confirmed = /"confirmed":true/.test(request.postData());
    calls.push(confirmed);
    return confirmed
      ? { body: [{ kind: 'body', text: '{}' }, END] }
      : { status: 409, body: { needs_confirmation: true, message: 'confirm it' } };
  });
  await open(page, 'bots.create');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
  await page.locator('.chip[data-phase="ok"]').waitFor();
  assert.deepEqual(calls, [false, true]);
});

browserTest('a double click runs once and does not cancel', async (page) => {
  let calls = 0;
  await page.route('**/api/call', async (route) => {
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.fulfill({
      contentType: 'application/x-ndjson',
      body: `${JSON.stringify({ kind: 'body', text: '{}' })}\n${JSON.stringify(END)}\n`,
    });
  });
  await open(page, 'users.me');
  await page.locator('.side .run').dblclick();
  await page.locator('.chip[data-phase="ok"]').waitFor();
  assert.equal(calls, 1);
});

browserTest('HTML in responses is shown as text', async (page) => {
  const name = '<img src=x id=evil>';
  await open(page, 'bots.create');
  await fillJson(page, { space_id: (await state(page)).defaults.workspace_id, name });
  await run(page);
  const { bot_id: id } = JSON.parse(await result(page).locator('.body-text').textContent()).data;
  await open(page, 'bots.retrieve');
  await fillJson(page, { bot_id: id, is_published: false });
  await run(page);
  await result(page).getByText(name).first().waitFor();
  assert.equal(await page.locator('#evil').count(), 0);
});

browserTest('HTML in events, errors, headers and file names is shown as text', async (page) => {
  const evil = '<img src=x onerror=alert(1) class=evil><script>alert(2)</script>';
  await mockCalls(page, () => ({
    body: [
      { kind: 'request', method: evil, url: evil, headers: [[evil, evil]], body: evil },
      { kind: 'head', status: 200, headers: [[evil, evil]], log_id: evil, ms: 1 },
      {
        kind: 'event',
        event: evil,
        data: JSON.stringify({ content: evil, [evil]: evil }),
        annotated: { members: [{ name: evil, value: { text: JSON.stringify(evil) } }] },
        ms: 2,
      },
      {
        kind: 'event',
        event: 'conversation.message.delta',
        data: JSON.stringify({ type: 'answer', content: evil }),
        ms: 3,
      },
      {
        kind: 'body',
        text: evil,
        annotated: {
          members: [{ name: evil, value: { text: '"javascript:alert(3)"', unexpected: evil } }],
          missing: [{ name: evil, type: evil, required: true, description: evil }],
        },
      },
      { kind: 'file', content_type: evil, name: evil, bytes: 1, url: '/api/files/1' },
      { kind: 'error', message: evil, hint: evil, code: 1, log_id: evil },
      END,
    ],
  }));
  await open(page, 'bots.list');
  await run(page, 'failed');
  await page.getByRole('button', { name: 'Event list', exact: true }).click();
  await result(page).locator('.events summary').first().click();
  await result(page).locator('.response-head summary').click();
  for (const tab of ['Request', 'SDK reading', 'Response']) {
    await page.getByRole('tab', { name: tab, exact: true }).click();
    assert.ok((await result(page).textContent()).includes(evil), tab);
    assert.equal(await page.locator('.evil, .result script, a[href^="javascript:"]').count(), 0);
  }
  await page.getByRole('tab', { name: 'Run records' }).click();
  assert.equal(await page.locator('.evil').count(), 0);
});

browserTest('the mock keeps what calls create, and says which responses are only examples', async (page) => {
  await open(page, 'datasets.documents.list');
  await run(page);
  await result(page).getByText(/does not have 7446689358658301234, which is only an example/).waitFor();
  await open(page, 'datasets.create');
  await input(page, 'name').fill('Stays in the mock');
  await run(page);
  assert.equal(await result(page).locator('.example-note').count(), 0);
  await open(page, 'datasets.list');
  await input(page, 'name').fill('');
  await run(page);
  assert.match(await result(page).locator('.body-text').textContent(), /Stays in the mock/);
  const conversations = async () => {
    await open(page, 'conversations.list');
    await run(page);
    const { data } = JSON.parse(await result(page).locator('.body-text').textContent());
    return data.conversations.length;
  };
  const before = await conversations();
  await open(page, 'conversations.create');
  await run(page);
  assert.equal(await conversations(), before + 1);
});
