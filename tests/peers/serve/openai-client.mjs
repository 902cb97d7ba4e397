// Runs the npm package `openai` against `coze serve --mock`.

import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { VERSION } from 'openai/version';
import { during } from './program.mjs';

const key = 'a-key-of-this-test';
const model = 'bot';
const question = { role: 'user', content: 'Hello!' };
const weather = { role: 'user', content: 'What is the weather in Kunming?' };

/** @type {Record<string, (client: OpenAI) => Promise<void>>} */
const stories = {
  async completes(client) {
    const done = await client.chat.completions.create({ model, messages: [question] });
    assert.equal(done.choices[0].message.content, 'You said: Hello!');
    assert.equal(done.choices[0].finish_reason, 'stop');
    assert.ok(done._request_id, 'the log id of the platform');
  },

  async streams(client) {
    const stream = client.chat.completions.stream({
      model,
      messages: [question],
      stream_options: { include_usage: true },
    });
    let text = '';
    stream.on('content', (delta) => (text += delta));
    const done = await stream.finalChatCompletion();
    assert.equal(text, 'You said: Hello!');
    assert.equal(done.choices[0].message.content, text);
    assert.ok((await stream.totalUsage()).total_tokens > 0);
  },

  async 'runs tools'(client) {
    const tool = {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Returns the weather.',
        parse: JSON.parse,
        function: ({ city }) => `sunny in ${city}`,
        parameters: { type: 'object', properties: { city: { type: 'string' } } },
      },
    };
    for (const stream of [false, true]) {
      const runner = client.chat.completions.runTools({
        model,
        stream,
        messages: [weather],
        tools: [tool],
      });
      const answer = await runner.finalContent();
      assert.equal(answer, 'The tool get_weather says: sunny in Kunming.');
    }
  },

  async responds(client) {
    const first = await client.responses.create({ model, input: '[think Hm.] Hello!' });
    assert.equal(first.output_text, 'You said: Hello!');
    const stream = client.responses.stream({ model, input: 'Go on', previous_response_id: first.id });
    let text = '';
    stream.on('response.output_text.delta', (event) => (text += event.delta));
    const second = await stream.finalResponse();
    assert.match(text, /This is turn 2/);
    assert.equal(second.output_text, text);
    assert.ok(second.usage.total_tokens > 0);
  },

  async 'responds with tools'(client) {
    for (const stream of [false, true]) {
      const asked = stream
        ? await client.responses.stream({ model, input: weather.content }).finalResponse()
        : await client.responses.create({ model, input: weather.content });
      const call = asked.output.find((item) => item.type === 'function_call');
      assert.deepEqual(JSON.parse(call.arguments), { city: 'Kunming' });
      const output = { type: 'function_call_output', call_id: call.call_id, output: 'sunny' };
      const answered = await client.responses.create({ model, input: [output] });
      assert.equal(answered.output_text, 'The tool get_weather says: sunny.');
    }
  },

  async 'runs workflows'(client) {
    const done = await client.chat.completions.create({ model: 'flow', messages: [question] });
    assert.match(done.choices[0].message.content, /"input":"Hello!"/);
    const stream = await client.responses.create({ model: 'flow', input: 'Hello!', stream: true });
    const types = [];
    for await (const event of stream) types.push(event.type);
    assert.equal(types.at(0), 'response.created');
    assert.equal(types.at(-1), 'response.completed');
  },

  async 'raises errors'(client) {
    await assert.rejects(client.chat.completions.create({ model: 'other', messages: [question] }), {
      status: 404,
      code: 'model_not_found',
    });
    const other = client.withOptions({ apiKey: 'wrong' });
    await assert.rejects(other.models.list(), OpenAI.AuthenticationError);
    const messages = [{ role: 'user', content: '[answer Well] [fail 5000 Out of order]' }];
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    await assert.rejects(async () => {
      for await (const chunk of stream) assert.ok(chunk.id);
    }, /Out of order/);
  },

  async 'aborts streams'(client) {
    const messages = [{ role: 'user', content: '[hold]' }];
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    for await (const chunk of stream) {
      assert.equal(chunk.choices[0].delta.role, 'assistant');
      stream.controller.abort();
    }
  },
};

const models = ['--bot', 'bot=7342866812345000001', '--workflow', 'flow=7366468917055000001'];
const args = ['serve', '--mock', ...models, '--port', '0', '--api-key', key];
await during(process.argv[2], args, async (url) => {
  const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0, timeout: 30_000 });
  for (const [name, story] of Object.entries(stories)) {
    await story(client).catch((error) => {
      error.message = `${name}: ${error.message}`;
      throw error;
    });
  }
});
console.log(`openai ${VERSION} for JavaScript: ${Object.keys(stories).length} stories passed`);
