// Runs the official MCP SDK of npm against `coze mcp --mock`, over stdio and HTTP.

import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { during } from './program.mjs';

const program = process.argv[2];
const bot = '7342866812345000001';
const workflow = '7366468917055000001';
const workspace = '7361424235321600001';
const tools = ['--operations', 'bots', '--operations', 'audio.speech.create', '--allow-changes'];
const args = ['mcp', '--mock', '--bot', bot, '--workflow', workflow, ...tools];

/**
 * Calls a tool, and returns the text of its result.
 * @param {Client} client
 */
async function call(client, name, values) {
  const result = await client.callTool({ name, arguments: values });
  return { isError: result.isError, text: result.content[0].text, content: result.content, result };
}

/**
 * @param {Client} client
 */
async function check(client) {
  const listed = (await client.listTools()).tools;
  const tool = (name) => listed.find((tool) => tool.name === name) ?? assert.fail(`no ${name}`);
  const list = tool('bots_list');
  assert.deepEqual(list.inputSchema.required, ['workspace_id']);
  assert.equal(list.inputSchema.properties.workspace_id.type, 'string');
  assert.equal(list.annotations.readOnlyHint, true);
  assert.equal(tool('bots_create').annotations.destructiveHint, false);
  assert.equal(tool('bots_update').annotations.destructiveHint, true);

  const bots = await call(client, 'bots_list', { workspace_id: workspace });
  assert.ok(!bots.isError, bots.text);
  assert.equal(typeof bots.result.structuredContent.total, 'number');
  assert.ok(bots.text.includes(`"${bot}"`), bots.text);

  const created = await call(client, 'bots_create', { space_id: workspace, name: 'Tea' });
  assert.match(JSON.parse(created.text).bot_id, /^[0-9]+$/);

  const speech = await call(client, 'audio_speech_create', {
    input: 'Hello',
    voice_id: '7426720361732000001',
  });
  assert.equal(speech.content[0].type, 'audio', JSON.stringify(speech.result));

  const asker = listed.find((tool) => tool.inputSchema.properties.message);
  const answer = await call(client, asker.name, { message: 'Hello!' });
  assert.equal(answer.text, 'You said: Hello!');
  const [, conversation] = /conversation_id: ([0-9]+)/.exec(answer.content[1].text);
  const again = await call(client, asker.name, { message: 'Go on', conversation_id: conversation });
  assert.match(again.text, /turn 2/);

  const runner = listed.find((tool) => /^(run_|workflow_)/.test(tool.name));
  const values = Object.keys(runner.inputSchema.properties).map((name) => [name, 'Kunming']);
  const run = await call(client, runner.name, Object.fromEntries(values));
  assert.ok(!run.isError && run.text, run.text);

  // The notifications have the answer while it is written. The SDK drops one that arrives together
  // with the result.
  let written = '';
  const onprogress = ({ message }) => (written += message);
  const long = { message: 'One two three four' };
  const told = await client.callTool({ name: asker.name, arguments: long }, undefined, { onprogress });
  assert.ok(written && told.content[0].text.startsWith(written), written);

  // Errors are results that the model can read.
  for (const [values, reason] of [
    [{}, 'workspace_id: a value is required'],
    [{ workspace_id: workspace, other: 1 }, 'no argument `other`'],
    [{ workspace_id: 'none' }, 'API error'],
  ]) {
    const failed = await call(client, 'bots_list', values);
    assert.ok(failed.isError && failed.text.includes(reason), failed.text);
  }
  await assert.rejects(client.callTool({ name: 'nothing', arguments: {} }), /there is no tool/);

  const abort = new AbortController();
  const options = { signal: abort.signal };
  const held = client.callTool({ name: asker.name, arguments: { message: '[hold]' } }, undefined, options);
  setTimeout(() => abort.abort('enough'), 300);
  await assert.rejects(held, /enough/);
  // The connection is still usable.
  assert.equal((await call(client, asker.name, { message: 'Hello!' })).text, 'You said: Hello!');
}

const newClient = () => new Client({ name: 'peer', version: '1.0.0' });

const overStdio = newClient();
await overStdio.connect(new StdioClientTransport({ command: program, args, stderr: 'inherit' }));
await check(overStdio);
await overStdio.close();

const key = 'a-key-of-this-test';
await during(program, [...args, '--http', '0', '--api-key', key], async (url) => {
  const headers = { authorization: `Bearer ${key}` };
  const overHttp = newClient();
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await overHttp.connect(transport);
  await check(overHttp);
  await overHttp.close();
  const stranger = newClient();
  await assert.rejects(stranger.connect(new StreamableHTTPClientTransport(new URL(url))));
});
console.log('@modelcontextprotocol/sdk: stdio and HTTP passed');
