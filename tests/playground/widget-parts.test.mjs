// Tests of the parts of the widget that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readApp, readBot } from '../../coze-widget/page/agent.js';
import { Api, ApiError } from '../../coze-widget/page/api.js';
import { splitSpeech, wav } from '../../coze-widget/page/audio.js';
import { elementsOf } from '../../coze-widget/page/card.js';
import { Chat } from '../../coze-widget/page/chat.js';
import { mediaUrl, safeUrl } from '../../coze-widget/page/dom.js';
import { readHistory, readQuestion, writeQuestion } from '../../coze-widget/page/messages.js';
import { footerParts, ignoredOptions, layoutOf, readOptions } from '../../coze-widget/page/options.js';
import { groupOf } from '../../coze-widget/page/sidebar.js';
import { EventDecoder } from '../../coze-widget/page/sse.js';
import { TEXTS, textsOf } from '../../coze-widget/page/texts.js';

const read = (options) =>
  readOptions({ config: { botId: '7' }, ...options }, { userAgent: 'X11', baseUrl: 'https://x/w/' });

test('events are the same however their text is cut', () => {
  const text = 'event: a\r\ndata: {"x":1}\r\n\r\n: ping\nevent:b\ndata:one\ndata: two\n\ndata\n\nid: 7\n\n';
  const expected = [
    { event: 'a', data: '{"x":1}' },
    { event: 'b', data: 'one\ntwo' },
    { event: '', data: '' },
  ];
  for (let at = 0; at <= text.length; at += 1) {
    const decoder = new EventDecoder();
    const events = [...decoder.push(text.slice(0, at)), ...decoder.push(text.slice(at)), ...decoder.end()];
    assert.deepEqual(events, expected, `cut at ${at}`);
  }
  const decoder = new EventDecoder();
  const bytes = [...text].flatMap((character) => decoder.push(character));
  assert.deepEqual([...bytes, ...decoder.end()], expected);
});

test('the last event counts without its empty line', () => {
  const decoder = new EventDecoder();
  assert.deepEqual(decoder.push('event: done\ndata: [DONE]'), []);
  assert.deepEqual(decoder.end(), [{ event: 'done', data: '[DONE]' }]);
  assert.deepEqual(decoder.end(), []);
});

test('options have the documented defaults', () => {
  const settings = read({});
  assert.equal(settings.baseUrl, 'https://x/w');
  assert.equal(settings.connectorId, '999');
  assert.equal(settings.title, 'Coze Bot');
  assert.equal(settings.width, 460);
  assert.equal(settings.lang, 'en');
  assert.deepEqual([settings.hasButton, settings.hasUploads, settings.hasAudio, settings.hasTools], [true, true, true, true]);
  assert.deepEqual([settings.hasQuotes, settings.hasConversations, settings.hasNewConversation], [false, false, false]);
  // Without a token, all messages can be deleted; with one, a new context can begin.
  assert.deepEqual([settings.hasClearContext, settings.hasClearMessages], [false, true]);
  const token = read({ auth: { type: 'token', token: 'x' }, ui: { chatBot: { isNeedClearMessage: true } } });
  assert.deepEqual([token.hasClearContext, token.hasClearMessages], [true, false]);
});

test('the first spelling of the bot counts, and `ui` before the old options', () => {
  const bot = (config) => read({ config }).agent.botId;
  assert.equal(bot({ botInfo: { botId: '1' }, botId: '2', bot_id: '3' }), '1');
  assert.equal(bot({ botId: '2', bot_id: '3' }), '2');
  assert.equal(bot({ bot_id: '3' }), '3');
  const old = { layout: 'mobile', lang: 'zh-CN', title: 'Old', icon: 'i', zIndex: 3, uploadable: false, width: 500 };
  const settings = read({ componentProps: old });
  assert.deepEqual(
    [settings.layout, settings.lang, settings.title, settings.icon, settings.zIndex, settings.hasUploads, settings.width],
    ['mobile', 'zh-CN', 'Old', 'i', 3, false, 500],
  );
  const ui = { base: { layout: 'pc', lang: 'en', zIndex: 0 }, chatBot: { title: 'New', uploadable: true, width: 600 } };
  const both = read({ componentProps: old, ui });
  assert.deepEqual([both.layout, both.lang, both.title, both.zIndex, both.hasUploads, both.width], ['pc', 'en', 'New', 0, true, 600]);
});

test('an app has neither a list of conversations nor deletes messages', () => {
  const settings = read({
    config: { type: 'app', appInfo: { appId: '1', workflowId: '2', parameters: { a: 1 } } },
    ui: { conversations: { isNeed: true }, chatBot: { isNeedClearMessage: true } },
  });
  assert.deepEqual(settings.agent, {
    type: 'app', botId: '', appId: '1', workflowId: '2', version: '', conversationName: 'Default', parameters: { a: 1 },
  });
  assert.deepEqual([settings.hasConversations, settings.hasClearMessages], [false, false]);
});

test('ignored options are named', () => {
  assert.deepEqual(
    ignoredOptions({
      config: { botId: '1', isIframe: false, sdk_verify_token: 'x', botInfo: { parameters: { any: { thing: 1 } } } },
      extra: { webChat: {} },
      ui: { footer: { linkvars: { any: { text: 'x' } } }, chatBot: { isNeedConversationAdd: true, el: {} }, colors: 'red' },
    }),
    ['config.isIframe', 'config.sdk_verify_token', 'extra', 'ui.chatBot.isNeedConversationAdd', 'ui.colors'],
  );
  assert.deepEqual(ignoredOptions({ config: { type: undefined, unknown: undefined } }), []);
});

test('feedback tags are limited', () => {
  const tags = Array.from({ length: 12 }, () => ({ label: 'x'.repeat(40) }));
  const { feedback } = read({ ui: { chatBot: { feedback: { isNeedFeedback: true, feedbackPanel: { tags } } } } });
  assert.equal(feedback.tags.length, 10);
  assert.equal(feedback.tags[0].label.length, 30);
});

test('the layout follows the device', () => {
  assert.equal(layoutOf('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)'), 'mobile');
  assert.equal(layoutOf('Mozilla/5.0 (X11; Linux x86_64) Chrome/120'), 'pc');
});

test('the line at the bottom has links, texts, and nothing for unknown names', () => {
  const links = { us: { text: 'Us', link: 'https://example.com' }, plain: { text: 'Plain' } };
  assert.deepEqual(footerParts('By {{us}}, {{ plain }}{{unknown}}{{constructor}}.', links), [
    { text: 'By ', link: '' },
    { text: 'Us', link: 'https://example.com' },
    { text: ', ', link: '' },
    { text: 'Plain', link: '' },
    { text: '.', link: '' },
  ]);
});

test('both languages have the same texts and placeholders', () => {
  const [en, zh] = [TEXTS.en, TEXTS['zh-CN']];
  assert.deepEqual(Object.keys(en), Object.keys(zh));
  for (const [key, text] of Object.entries(en)) {
    const names = (each) => (each.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(names(text), names(zh[key]), key);
  }
  assert.equal(textsOf('zh-CN')('remove', { name: 'a.txt' }), '移除 a.txt');
});

test('questions are written and read again', () => {
  assert.deepEqual(writeQuestion('Hi', [], ''), { role: 'user', content_type: 'text', content: 'Hi' });
  const files = [{ id: '1', url: '', isImage: true }, { id: '2', url: '', isImage: false }];
  const message = writeQuestion('Hi', files, 'a quote');
  assert.deepEqual(JSON.parse(message.content), [
    { type: 'text', text: 'a quote', is_refer: true },
    { type: 'image', file_id: '1' },
    { type: 'file', file_id: '2' },
    { type: 'text', text: 'Hi' },
  ]);
  const question = readQuestion(message);
  assert.equal(question.quote, 'a quote');
  assert.deepEqual(question.parts.map(({ type, text }) => [type, text]), [['image', ''], ['file', ''], ['text', 'Hi']]);
  assert.deepEqual(readQuestion({ content_type: 'object_string', content: '{broken' }).parts[0].text, '{broken');
});

test('a history has tools with their outputs, and dividers between contexts', () => {
  const entries = readHistory([
    { id: '1', role: 'user', type: 'question', content: 'Hi', section_id: 'a' },
    { id: '2', role: 'assistant', type: 'function_call', content: '{"name":"find","arguments":{"q":1}}', section_id: 'a' },
    { id: '3', role: 'assistant', type: 'tool_response', content: '{"found":true}', section_id: 'a' },
    { id: '4', role: 'assistant', type: 'verbose', content: '{}', section_id: 'a' },
    { id: '5', role: 'assistant', type: 'answer', content: 'Yes', section_id: 'a', feedback: { feedback_type: 'unlike' } },
    { id: '6', role: 'user', type: 'question', content: 'More', section_id: 'b' },
  ]);
  assert.deepEqual(entries.map(({ kind }) => kind), ['question', 'tool', 'answer', 'divider', 'question']);
  assert.deepEqual([entries[1].name, entries[1].isRunning], ['find', false]);
  assert.equal(entries[1].input, '{\n  "q": 1\n}');
  assert.equal(entries[1].output, '{\n  "found": true\n}');
  assert.equal(entries[2].feedback, 'dislike');
});

test('bots and apps of every shape are read', () => {
  const bot = readBot({
    name: 'Tea', icon_url: 'i', onboarding_info: { prologue: 'Hi {{user_name}}', suggested_questions: ['a', 'a', 'b', 7] },
    background_image_info: { web_background_image: { image_url: 'w' } }, default_user_input_type: 'voice',
    shortcut_commands: [{ id: '1', name: 'News' }, null, { id: '2' }],
  }, 'Ling');
  assert.deepEqual([bot.prologue, bot.questions, bot.input, bot.background.web], ['Hi Ling', ['a', 'b'], 'voice', 'w']);
  assert.deepEqual(bot.shortcuts, [{ id: '1', name: 'News', text: '' }]);
  assert.equal(readBot({ shortcut_commands: null, onboarding_info: null }, '').prologue, '');
  const questions = ['1', '2', '3', '4'];
  const role = { name: 'Flow', onboarding_info: { suggested_questions: questions } };
  assert.deepEqual(readApp({ name: 'App' }, { role }, '').questions, ['1', '2', '3']);
  role.onboarding_info.display_all_suggestions = true;
  assert.deepEqual(readApp({ name: 'App' }, { role }, '').questions, questions);
  assert.equal(readApp({ name: 'App' }, null, '').name, 'App');
});

test('links and media lead only where they may', () => {
  for (const url of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '', null, 'file:///etc'])
    assert.equal(safeUrl(url), null, String(url));
  assert.equal(safeUrl(' https://example.com '), 'https://example.com');
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'data:image/png', ''])
    assert.equal(mediaUrl(url), null, url);
  for (const url of ['https://x/a.png', 'blob:https://x/1', 'data:image/png;base64,AA', '/a.png', './a.png', 'images/a.png'])
    assert.equal(mediaUrl(url), url);
});

test('speech is cut at sentences, in parts that the platform accepts', () => {
  assert.deepEqual(splitSpeech('One. Two! Three?', 10), ['One. Two!', 'Three?']);
  const parts = splitSpeech('茶'.repeat(900));
  assert.ok(parts.every((part) => Buffer.byteLength(part) <= 1000));
  assert.equal(parts.join(''), '茶'.repeat(900));
  assert.deepEqual(splitSpeech('  \n '), []);
});

test('recordings are WAV files', async () => {
  const bytes = Buffer.from(await wav(new Float32Array([0, 1, -2]), 16000).arrayBuffer());
  assert.equal(bytes.length, 50);
  assert.equal(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 16), 'RIFFWAVEfmt ');
  assert.deepEqual([bytes.readUInt32LE(24), bytes.readInt16LE(46), bytes.readInt16LE(48)], [16000, 32767, -32767]);
});

test('cards of any shape are read up to a limit', () => {
  const card = {
    elements: [
      { type: 'text', content: 'Choose' },
      { type: 'image', url: 'https://x/a.png', alt: 'A' },
      { type: 'button', text: 'Yes' },
      { title: 'Docs', url: 'https://x/' },
      { question: 'Which?', options: ['a', { name: 'b' }] },
    ],
  };
  assert.deepEqual(elementsOf(card).map(({ kind, text }) => `${kind} ${text}`), [
    'text Choose', 'image A', 'choice Yes', 'link Docs', 'text Which?', 'choice a', 'choice b',
  ]);
  let deep = {};
  for (let at = 0; at < 1000; at += 1) deep = { deep, text: 'x' };
  assert.ok(elementsOf(deep).length < 20);
  assert.equal(elementsOf(Array(1000).fill({ text: 'x' })).length, 200);
  assert.deepEqual(elementsOf(null), []);
});

test('conversations are grouped by their age', () => {
  const now = new Date(2026, 5, 15, 12);
  const at = (days) => groupOf(now.getTime() / 1000 - days * 86400, now);
  assert.deepEqual([at(0), at(1), at(29), at(31)], ['today', 'month', 'month', 'earlier']);
});

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

/** A chat that has started, in which a question gets these events. */
async function chatWith(...all) {
  const { api, calls } = apiWith((url) => {
    if (url.includes('/v3/chat?')) return events(...all);
    if (url.includes('/v1/conversations?')) return { body: { code: 0, data: { conversations: [{ id: '9', name: 'x' }] } } };
    if (url.includes('/message/list')) return { body: { code: 0, data: [] } };
    return { body: { code: 0, data: {} } };
  });
  const chat = new Chat(api, read({}), () => {});
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
