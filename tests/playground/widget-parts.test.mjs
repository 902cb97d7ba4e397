// Tests of the parts of the widget that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readApp, readBot } from '../../coze-widget/page/agent.js';
import { ApiError } from '../../coze-widget/page/api.js';
import { splitSpeech, wav } from '../../coze-widget/page/audio.js';
import { elementsOf } from '../../coze-widget/page/card.js';
import { mediaUrl, safeUrl } from '../../coze-widget/page/dom.js';
import { firstSection, readAnswer, readHistory, readQuestion, writeQuestion } from '../../coze-widget/page/messages.js';
import { footerParts, ignoredOptions, layoutOf, readOptions } from '../../coze-widget/page/options.js';
import { defaultsOf, fillTemplate, parametersOf, visibleInputs } from '../../coze-widget/page/shortcut.js';
import { groupOf } from '../../coze-widget/page/sidebar.js';
import { EventDecoder } from '../../coze-widget/page/sse.js';
import { reasonOf, TextError, TEXTS, textsOf } from '../../coze-widget/page/texts.js';
import { visitorKey } from '../../coze-widget/page/visitor.js';

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
      config: { botId: '1', isIframe: true, sdk_verify_token: 'x', botInfo: { parameters: { any: { thing: 1 } } } },
      extra: { webChat: {} },
      ui: { footer: { linkvars: { any: { text: 'x' } } }, chatBot: { isNeedConversationAdd: true, el: {} }, colors: 'red' },
    }),
    ['config.isIframe', 'config.sdk_verify_token', 'extra', 'ui.chatBot.isNeedConversationAdd', 'ui.colors'],
  );
  assert.deepEqual(ignoredOptions({ config: { type: undefined, unknown: undefined, isIframe: false } }), []);
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
    background_image_info: { web_background_image: { image_url: 'w' } },
    shortcut_commands: [{ id: '1', name: 'News' }, null, { id: '2' }],
  }, 'Ling');
  assert.deepEqual([bot.prologue, bot.questions, bot.background.web], ['Hi Ling', ['a', 'b'], 'w']);
  assert.deepEqual(bot.shortcuts, [{ id: '1', name: 'News', template: '', inputs: [] }]);
  assert.equal(readBot({ shortcut_commands: null, onboarding_info: null }, '').prologue, '');
  const questions = ['1', '2', '3', '4'];
  const role = { name: 'Flow', onboarding_info: { suggested_questions: questions } };
  assert.deepEqual(readApp({ name: 'App' }, { role }, '').questions, ['1', '2', '3']);
  role.onboarding_info.display_all_suggestions = true;
  assert.deepEqual(readApp({ name: 'App' }, { role }, '').questions, questions);
  assert.equal(readApp({ name: 'App' }, null, '').name, 'App');
  assert.equal(readApp({}, { role }, '').suggestReply, null);
  const suggest = { suggest_reply_mode: '1' };
  assert.equal(readApp({}, { role: { suggest_reply_info: suggest } }, '').suggestReply, suggest);
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

test('an answer of several parts has its texts and files', () => {
  const answer = (content) => readAnswer({ id: '1', content_type: 'object_string', content });
  const parts = [{ type: 'text', text: 'One' }, { type: 'image', file_url: 'https://x/a.png', name: 'a.png' }, { type: 'text', text: 'Two' }];
  const { text, files } = answer(JSON.stringify(parts));
  assert.equal(text, 'One\nTwo');
  assert.deepEqual(files, [{ type: 'image', text: '', url: 'https://x/a.png', name: 'a.png', size: 0 }]);
  // Content that is not what it should be is text.
  assert.deepEqual([answer('not JSON').text, answer('not JSON').files], ['not JSON', []]);
  const card = readAnswer({ content_type: 'card', content: '{}' });
  assert.deepEqual([card.text, card.card, card.files], ['', '{}', []]);
});

test('a page of the history ends with a divider if the next page is another context', () => {
  const page = [{ id: '1', role: 'user', content: 'Hi', section_id: 'a' }, { id: '2', role: 'assistant', content: 'Yes' }];
  const kinds = (next) => readHistory(page, next).map(({ kind }) => kind);
  assert.deepEqual(kinds('b'), ['question', 'answer', 'divider']);
  assert.deepEqual(kinds('a'), ['question', 'answer']);
  assert.deepEqual(kinds(''), ['question', 'answer']);
  assert.equal(firstSection([{ id: '0' }, ...page]), 'a');
  assert.equal(firstSection([]), '');
});

test('shortcuts fill their template and their parameters', () => {
  const [shortcut] = readBot({
    shortcut_commands: [{
      id: '7', name: 'News', query_template: 'News about {{topic}} in {{ place }}{{missing}}',
      components: [
        { name: 'topic', type: 'text', description: 'Any topic' },
        { name: 'place', type: 'select', options: ['Dali', 'Kunming'], default_value: 'Dali' },
        { name: 'map', type: 'file' },
        { name: 'tone', default_value: 'short', is_hide: true },
        { name: 'empty', is_hide: true },
        null,
      ],
    }],
  }, '').shortcuts;
  assert.deepEqual(visibleInputs(shortcut).map(({ name, type }) => `${name} ${type}`), ['topic text', 'place select', 'map file']);
  const values = defaultsOf(shortcut);
  assert.deepEqual(Object.fromEntries(values), { place: 'Dali', tone: 'short' });
  values.set('topic', 'tea').set('map', { id: '9', name: 'map.png', isImage: true });
  assert.equal(fillTemplate(shortcut, values), 'News about tea in Dali');
  assert.deepEqual(parametersOf(values), {
    place: '[{"type":"text","text":"Dali"}]',
    tone: '[{"type":"text","text":"short"}]',
    topic: '[{"type":"text","text":"tea"}]',
    map: '[{"type":"image","file_id":"9"}]',
  });
  assert.equal(fillTemplate({ ...shortcut, template: ' {{missing}} ' }, values), 'News');
});

test('refusals of the server are explained in the language of the widget', () => {
  const t = textsOf('zh-CN');
  const reason = (status, code = status) => reasonOf(new ApiError('English', code, status), t);
  for (const status of [400, 401, 403, 404, 413, 429, 500, 501, 502, 503]) assert.match(reason(status), /^[\u3000-\uffef]+$/, String(status));
  // The program's own token was refused.
  assert.equal(reason(502, 401), t('serverError'));
  assert.equal(reason(200, 502), t('serverError'));
  // The platform's messages stay.
  for (const [status, code] of [[400, 4000], [502, 4100], [429, 4013], [200, 0]]) assert.equal(reason(status, code), 'English');
  assert.equal(reasonOf(new ApiError('', 0, 0), t), t('offline'));
  assert.equal(reasonOf(new TypeError('fetch failed'), t), t('offline'));
  assert.equal(reasonOf(new TextError('cannotPlay'), t), t('cannotPlay'));
  assert.equal(reasonOf(new DOMException('denied', 'NotAllowedError'), t), t('refusedByBrowser'));
  assert.equal(reasonOf(new DOMException('late', 'AbortError'), t), t('offline'));
});

test('each user of a browser has a key, and each browser others', () => {
  const stored = new Map();
  const storage = { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value) };
  const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
  const use = (value) => Object.defineProperty(globalThis, 'localStorage', { configurable: true, get: value });
  try {
    use(() => storage);
    const [anyone, ling, mei] = ['', 'ling', 'mei'].map(visitorKey);
    assert.equal(new Set([anyone, ling, mei]).size, 3);
    assert.deepEqual(['', 'ling', 'mei'].map(visitorKey), [anyone, ling, mei]);
    assert.match(ling, /^[\w-]{32}$/);
    use(() => {
      throw new Error('the browser keeps nothing');
    });
    assert.equal(visitorKey('ling'), visitorKey('ling'));
    assert.notEqual(visitorKey('ling'), visitorKey('mei'));
  } finally {
    if (before) Object.defineProperty(globalThis, 'localStorage', before);
    else delete globalThis.localStorage;
  }
});
