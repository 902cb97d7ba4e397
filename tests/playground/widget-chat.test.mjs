// Tests of the chat of the widget without a browser: its calls, and the answers to them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api, ApiError } from '../../coze-widget/page/api.js';
import { Chat } from '../../coze-widget/page/chat.js';
import { readOptions } from '../../coze-widget/page/options.js';

const read = (options) =>
  readOptions({ config: { botId: '7' }, ...options }, { userAgent: 'X11', baseUrl: 'https://x/w/' });

/** An API whose responses are functions of the calls. */
function apiWith(respond, auth = {}) {
  const calls = [];
  const fetch = async (url, options) => {
    calls.push({ url, ...options });
    const { status = 200, body, text, type = 'application/json' } = await respond(url, options, calls.length);
    return new Response(text ?? JSON.stringify(body), { status, headers: { 'content-type': type } });
  };
  const settings = { baseUrl: 'https://x', lang: 'en', auth: { hasToken: false, token: '', ...auth } };
  return { api: new Api(settings, { visitor: 'v', fetch }), calls };
}

test('one refresh serves all calls that were refused, and each is repeated once', async () => {
  const refreshed = [];
  const onRefreshToken = async (old) => {
    refreshed.push(old);
    return 'new';
  };
  const respond = (_, { headers }) =>
    headers.authorization === 'Bearer new'
      ? { body: { code: 0, data: 1 } }
      : { status: 401, body: { code: 4100, msg: 'expired' } };
  const { api, calls } = apiWith(respond, { hasToken: true, token: 'old', onRefreshToken });
  assert.deepEqual(await Promise.all([api.call('/a'), api.call('/b'), api.call('/c')]), [1, 1, 1]);
  assert.deepEqual(refreshed, ['old']);
  assert.equal(calls.length, 6);
  const refused = apiWith(() => ({ status: 401, body: { code: 401, msg: 'no' } }), { hasToken: true, token: 'old', onRefreshToken });
  await assert.rejects(refused.api.call('/a'), { message: 'no', code: 401 });
  assert.equal(refused.calls.length, 2);
});

test('the page is not asked for a token because that of the program was refused', async () => {
  const onRefreshToken = () => assert.fail('onRefreshToken was called');
  const respond = () => ({ status: 502, body: { code: 4100, msg: 'no' } });
  const { api, calls } = apiWith(respond, { hasToken: true, token: 'old', onRefreshToken });
  await assert.rejects(api.call('/a'), { code: 4100, isAuth: false, isRefused: true });
  assert.equal(calls.length, 1);
});

test('a page that returns no token is told', async () => {
  const { api } = apiWith(() => ({}), { hasToken: true, onRefreshToken: () => '' });
  await assert.rejects(api.start(), ApiError);
});

test('errors have the message of the platform', async () => {
  const { api } = apiWith((url) => ({
    '/html': { status: 502, text: '<html>' },
    '/code': { body: { code: 4000, msg: 'bad bot' } },
    '/empty': { text: '' },
  })[url.replace('https://x', '')]);
  await assert.rejects(api.call('/html'), { message: 'HTTP 502', status: 502 });
  await assert.rejects(api.call('/code'), { message: 'bad bot', code: 4000 });
  await assert.rejects(api.call('/empty'), { message: 'HTTP 200' });
});

const events = (...all) => ({
  type: 'text/event-stream',
  text: all.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(''),
});

const SUGGEST = { suggest_reply_mode: '1', customized_suggest_prompt: 'Be brief.' };

/** A chat that has started, in which a question gets these events. */
async function chatWith(...all) {
  return startChat(() => events(...all));
}

/** A chat that has started, in which a question gets this response. */
async function startChat(answer, options = {}) {
  const { api, calls } = apiWith((url) => {
    if (url.includes('/v3/chat?') || url.endsWith('/workflows/chat')) return answer();
    if (url.includes('/v1/conversations?')) return { body: { code: 0, data: { conversations: [{ id: '9', name: 'x' }] } } };
    if (url.includes('/message/list')) return { body: { code: 0, data: [] } };
    if (url.includes('/v1/workflows/')) return { body: { code: 0, data: { role: { suggest_reply_info: SUGGEST } } } };
    return { body: { code: 0, data: {} } };
  });
  const chat = new Chat(api, read(options), () => {});
  await chat.start();
  assert.equal(chat.phase, 'ready');
  return { chat, calls };
}

test('the calls of a chat come in the documented order', async () => {
  const { chat, calls } = await chatWith(['conversation.chat.completed', {}]);
  await chat.send({ text: 'Hi', files: [], quote: '' });
  const paths = calls.map(({ url, method }) => `${method} ${url.replace('https://x', '').split('?')[0]}`);
  assert.deepEqual(paths.sort(), [
    'GET /config', 'GET /v1/bots/7', 'GET /v1/conversations', 'POST /v1/conversation/message/list', 'POST /v3/chat',
  ]);
  const body = JSON.parse(calls.at(-1).body);
  assert.deepEqual(body.additional_messages, [{ role: 'user', content_type: 'text', content: 'Hi' }]);
  assert.deepEqual([body.bot_id, body.connector_id, body.stream, body.enable_card], ['7', '999', true, true]);
});

test('an answer is put together from its events', async () => {
  const { chat } = await chatWith(
    ['conversation.chat.created', { id: 'c', inserted_additional_messages: [{ id: 'q' }] }],
    ['conversation.message.delta', { id: 'a', type: 'answer', role: 'assistant', reasoning_content: 'Hm' }],
    ['conversation.message.delta', { id: 'a', type: 'answer', content: 'Hel' }],
    ['conversation.message.delta', { id: 'a', type: 'answer', content: 'lo' }],
    ['conversation.message.completed', { id: 't', type: 'function_call', content: '{"name":"find"}' }],
    ['conversation.message.completed', { id: 'r', type: 'tool_response', content: 'found' }],
    ['conversation.message.completed', { id: 'a', type: 'answer', content: 'Hello' }],
    ['conversation.message.completed', { id: 'f', type: 'follow_up', content: 'And?' }],
    ['conversation.unknown', {}],
    ['conversation.chat.completed', {}],
    ['conversation.message.delta', { id: 'late', type: 'answer', content: 'late' }],
  );
  await chat.send({ text: 'Hi', files: [], quote: '' });
  const [question, answer, tool, ...others] = chat.entries;
  assert.equal(question.id, 'q');
  assert.deepEqual([answer.text, answer.reasoning, answer.state], ['Hello', 'Hm', 'done']);
  assert.deepEqual([tool.name, tool.output, tool.isRunning], ['find', 'found', false]);
  assert.deepEqual(others, []);
  assert.deepEqual(chat.suggestions, ['And?']);
  assert.equal(chat.isRunning, false);
});

for (const [name, event, message] of [
  ['chat.failed', ['conversation.chat.failed', { last_error: { code: 1, msg: 'failed' } }], 'failed'],
  ['error', ['error', { code: 4000, msg: 'wrong' }], 'wrong'],
  ['the error of a chatflow', ['error', { error_code: 1, error_message: 'broken' }], 'broken'],
  ['an early end', ['ping', {}], ''],
  ['an action', ['conversation.chat.requires_action', {}], 'needsAction'],
]) {
  test(`what arrived before ${name} is kept`, async () => {
    const delta = ['conversation.message.delta', { id: 'a', type: 'answer', content: 'Some' }];
    const { chat } = await chatWith(delta, event);
    await chat.send({ text: 'Hi', files: [], quote: '' });
    const [, answer, error] = chat.entries;
    assert.deepEqual([answer.text, answer.state], ['Some', 'done']);
    assert.deepEqual([error.kind, error.message], ['error', message]);
  });
}

test('a question can be asked again in place of its answer', async () => {
  const { chat, calls } = await chatWith(
    ['conversation.chat.created', { id: 'c', inserted_additional_messages: [{ id: 'q' }] }],
    ['conversation.message.completed', { id: 'a', type: 'answer', content: 'Yes' }],
    ['conversation.chat.completed', {}],
  );
  await chat.send({ text: 'Hi', files: [], quote: '' });
  await chat.regenerate();
  assert.deepEqual(chat.entries.map(({ kind }) => kind), ['question', 'answer']);
  const deleted = calls.filter(({ url }) => url.endsWith('/message/delete')).map(({ body }) => JSON.parse(body).message_id);
  assert.deepEqual(deleted, ['q', 'a']);
  assert.equal(calls.filter(({ url }) => url.includes('/v3/chat?')).length, 2);
});

/** The response of a stream whose events are sent one by one. */
function openStream() {
  const stream = {};
  const body = new ReadableStream({
    start: (controller) => {
      stream.send = (event, data) =>
        controller.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
    },
    cancel: () => stream.onCancel?.(),
  });
  stream.canceled = new Promise((resolve) => (stream.onCancel = resolve));
  return { stream, response: { type: 'text/event-stream', text: body } };
}

test('an answer that is stopped before its first event is over at once, and canceled later', async () => {
  const { stream, response } = openStream();
  let isAsked;
  const asked = new Promise((resolve) => (isAsked = resolve));
  const { chat, calls } = await startChat(() => (isAsked(), response));
  const sent = chat.send({ text: 'Hi', files: [], quote: '' });
  await asked;
  await chat.stop();
  await sent;
  assert.equal(chat.isRunning, false);
  const canceled = () => calls.filter(({ url }) => url.endsWith('/v3/chat/cancel'));
  assert.deepEqual(canceled(), []);
  stream.send('conversation.message.delta', { id: 'a', type: 'answer', content: 'late' });
  stream.send('conversation.chat.created', { id: 'c', inserted_additional_messages: [{ id: 'q' }] });
  await stream.canceled;
  assert.deepEqual(canceled().map(({ body }) => JSON.parse(body)), [{ conversation_id: '9', chat_id: 'c' }]);
  assert.deepEqual(chat.entries.map(({ kind, id }) => `${kind} ${id}`), ['question q']);
});

test('a stopped answer keeps what has arrived, and ignores the rest', async () => {
  const { stream, response } = openStream();
  const { chat, calls } = await startChat(() => response);
  const sent = chat.send({ text: 'Hi', files: [], quote: '' });
  const arrived = new Promise((resolve) => {
    chat.onChange = () => chat.entries[1]?.text === 'Some' && resolve();
  });
  stream.send('conversation.chat.created', { id: 'c' });
  stream.send('conversation.message.delta', { id: 'a', type: 'answer', content: 'Some' });
  await arrived;
  await chat.stop();
  stream.send('conversation.message.delta', { id: 'a', type: 'answer', content: ' more' });
  await Promise.all([sent, stream.canceled]);
  assert.deepEqual([chat.entries[1].text, chat.entries[1].state], ['Some', 'stopped']);
  assert.equal(calls.filter(({ url }) => url.endsWith('/v3/chat/cancel')).length, 1);
});

test('the parts of an answer are shown when they are complete', async () => {
  const content = JSON.stringify([{ type: 'text', text: 'Here' }, { type: 'file', file_url: 'https://x/a.pdf' }]);
  const { chat } = await chatWith(
    ['conversation.message.delta', { id: 'a', type: 'answer', content_type: 'object_string', content }],
    ['conversation.message.completed', { id: 'a', type: 'answer', content_type: 'object_string', content }],
    ['conversation.chat.completed', {}],
  );
  await chat.send({ text: 'Hi', files: [], quote: '' });
  const [, answer] = chat.entries;
  assert.deepEqual([answer.text, answer.files.map(({ url }) => url)], ['Here', ['https://x/a.pdf']]);
});

test('a shortcut is sent with its parameters, also when it is asked again', async () => {
  const { chat, calls } = await chatWith(['conversation.chat.completed', {}]);
  const parameters = { topic: '[{"type":"text","text":"tea"}]' };
  await chat.send({ text: 'News about tea', files: [], quote: '', shortcut: { id: '7', parameters } });
  await chat.regenerate();
  const bodies = calls.filter(({ url }) => url.includes('/v3/chat?')).map(({ body }) => JSON.parse(body));
  assert.equal(bodies.length, 2);
  for (const body of bodies) {
    assert.deepEqual(body.shortcut_command, { command_id: '7', parameters });
    assert.equal(body.additional_messages[0].content, 'News about tea');
  }
});

test('an app is asked with the settings of its chatflow for suggested questions', async () => {
  const appInfo = { appId: '1', workflowId: '2', version: 'v1', parameters: { city: 'Kunming' } };
  const config = { type: 'app', appInfo };
  const { chat, calls } = await startChat(() => events(['conversation.chat.completed', {}]), { config });
  await chat.send({ text: 'Hi', files: [], quote: '' });
  const body = JSON.parse(calls.at(-1).body);
  assert.deepEqual(body.suggest_reply_info, SUGGEST);
  assert.deepEqual([body.app_id, body.workflow_id, body.version, body.parameters], ['1', '2', 'v1', { city: 'Kunming' }]);
});

test('a divider stands between pages of the history that are different contexts', async () => {
  const message = (id, section_id) => ({ id, role: 'user', type: 'question', content: id, section_id });
  const pages = [
    { data: [message('4', 'b'), message('3', 'b')], has_more: true, last_id: '3' },
    { data: [message('2', 'a')], has_more: true, last_id: '2' },
    { data: [message('1', 'a')], has_more: false },
  ];
  const { api } = apiWith((url) => {
    if (url.includes('/message/list')) return { body: { code: 0, ...pages.shift() } };
    return { body: { code: 0, data: url.includes('/v1/conversations?') ? { conversations: [{ id: '9' }] } : {} } };
  });
  const chat = new Chat(api, read({}), () => {});
  await chat.start();
  await chat.loadOlder();
  await chat.loadOlder();
  assert.deepEqual(chat.entries.map(({ kind, id }) => id || kind), ['1', '2', 'divider', '3', '4']);
});
