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

await during(process.argv[2], ['serve', '--mock', '--port', '0', '--api-key', key], async (url) => {
  const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0, timeout: 30_000 });
  for (const [name, story] of Object.entries(stories)) {
    await story(client).catch((error) => {
      error.message = `${name}: ${error.message}`;
      throw error;
    });
  }
});
console.log(`openai ${VERSION} for JavaScript: ${Object.keys(stories).length} stories passed`);
