// Stories of chats, conversations and files.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatEventType, ChatStatus, RoleType } from '@coze/api';
import { BOT, collect, coze, file as uploaded, question, refused } from './support.mjs';

const ask = (content, more = {}) => ({
  bot_id: BOT,
  user_id: 'peer',
  additional_messages: [question(content)],
  ...more,
});

test('a chat that streams', async () => {
  const { text, events } = await collect(coze.chat.stream(ask('Hello!')));
  assert.equal(text, 'You said: Hello!');
  assert.equal(events.at(-1).event, ChatEventType.DONE);
  const completed = events.find(({ event }) => event === ChatEventType.CONVERSATION_CHAT_COMPLETED);
  assert.ok(completed.data.usage.token_count > 0);
});

test('a chat that is polled', async () => {
  const { chat, messages } = await coze.chat.createAndPoll(ask('Hello!'));
  assert.equal(chat.status, ChatStatus.COMPLETED);
  assert.deepEqual(
    messages.filter(({ type }) => type === 'answer').map(({ content }) => content),
    ['You said: Hello!'],
  );
});

test('a chat that calls tools', async () => {
  const { events } = await collect(coze.chat.stream(ask('[tool get_time {"zone":"UTC"}]When?')));
  const { data } = events.find(({ event }) => event === ChatEventType.CONVERSATION_CHAT_REQUIRES_ACTION);
  const [call] = data.required_action.submit_tool_outputs.tool_calls;
  assert.deepEqual([call.function.name, call.function.arguments], ['get_time', '{"zone":"UTC"}']);
  const outputs = {
    conversation_id: data.conversation_id,
    chat_id: data.id,
    tool_outputs: [{ tool_call_id: call.id, output: 'noon' }],
  };
  const { text } = await collect(coze.chat.submitToolOutputs({ ...outputs, stream: true }));
  assert.match(text, /noon/);
});

test('tool outputs without streaming lose the response', async () => {
  const { data } = (await collect(coze.chat.stream(ask('[tool get_time {}]')))).events.find(
    ({ event }) => event === ChatEventType.CONVERSATION_CHAT_REQUIRES_ACTION,
  );
  const [call] = data.required_action.submit_tool_outputs.tool_calls;
  const ids = { conversation_id: data.conversation_id, chat_id: data.id };
  const tool_outputs = [{ tool_call_id: call.id, output: 'noon' }];
  const reply = coze.chat.submitToolOutputs({ ...ids, tool_outputs, stream: false });
  const yielded = [];
  for await (const each of reply) yielded.push(each);
  assert.deepEqual(yielded, [], '@coze/api has fixed this');
  assert.equal((await coze.chat.retrieve(data.conversation_id, data.id)).id, data.id);
});

test('chats that fail or are canceled', async () => {
  const { events } = await collect(coze.chat.stream(ask('[fail 5000 Out of order]')));
  const { data } = events.find(({ event }) => event === ChatEventType.CONVERSATION_CHAT_FAILED);
  assert.deepEqual([data.last_error.code, data.last_error.msg], [5000, 'Out of order']);
  const { id, conversation_id } = await coze.chat.create(ask('[hold]'));
  await refused(4016, () => coze.chat.create(ask('Hello?', { conversation_id })));
  assert.equal((await coze.chat.cancel(conversation_id, id)).status, 'canceled');
  assert.equal((await coze.chat.retrieve(conversation_id, id)).status, 'canceled');
});

test('twenty chats at once', async () => {
  const all = Array.from({ length: 20 }, (_, number) => collect(coze.chat.stream(ask(`Number ${number}`))));
  const texts = (await Promise.all(all)).map(({ text }) => text);
  assert.deepEqual(texts, Array.from({ length: 20 }, (_, number) => `You said: Number ${number}.`));
});

test('a conversation with messages', async () => {
  const { conversations } = coze;
  const { id } = await conversations.create({ bot_id: BOT, messages: [question('One')], meta_data: { a: 'b' } });
  assert.deepEqual((await conversations.retrieve(id)).meta_data, { a: 'b' });
  let message;
  for (const number of [0, 1, 2])
    message = await conversations.messages.create(id, {
      role: RoleType.User,
      content: `Number ${number}`,
      content_type: 'text',
    });
  await conversations.messages.update(id, message.id, { content: 'The last', content_type: 'text' });
  assert.equal((await conversations.messages.retrieve(id, message.id)).content, 'The last');
  const { data, has_more } = await conversations.messages.list(id, { limit: 2 });
  assert.deepEqual(
    data.map(({ content }) => content),
    ['The last', 'Number 1'],
  );
  assert.ok(has_more);
  await conversations.messages.delete(id, message.id);
  await refused(4200, () => conversations.messages.retrieve(id, message.id));
  const listed = await conversations.list({ bot_id: BOT });
  assert.ok(listed.conversations.some((each) => each.id === id));
  assert.equal((await conversations.clear(id)).conversation_id, id);
});

test('a file and a question about it', async () => {
  const file = await coze.files.upload({ file: uploaded('trains.txt', 'At noon.') });
  assert.equal((await coze.files.retrieve(file.id)).bytes, 8);
  const content = [
    { type: 'text', text: 'What is it?' },
    { type: 'file', file_id: file.id },
  ];
  const message = { role: 'user', content_type: 'object_string', content };
  const { text } = await collect(
    coze.chat.stream({ bot_id: BOT, user_id: 'peer', additional_messages: [message] }),
  );
  assert.match(text, /trains\.txt/);
});
