// The mock in a separate process, and helpers that the stories share.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { ChatEventType, CozeAPI } from '@coze/api';

// The ids that every mock has; see coze-mock/src/state.
export const USER = '2478774393201234';
export const WORKSPACE = '7361424235321600001';
export const BOT = '7342866812345000001';
export const WORKFLOW = '7366468917055000001';
export const ASKING_WORKFLOW = '7366468917055000002';
export const CHATFLOW = '7366468917055000003';
export const TEMPLATE = '7396737158901000001';

/** Starts a mock until the tests end, and returns its address. */
async function serve() {
  assert.ok(process.env.COZE, 'COZE is not set: start the stories with coze-js.sh');
  const server = spawn(process.env.COZE, ['mock', '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  process.on('exit', () => server.kill());
  after(() => server.kill());
  const lines = createInterface({ input: server.stdout });
  const { value: base } = await lines[Symbol.asyncIterator]().next();
  assert.match(base, /^http:\/\//);
  // The following lines are the requests. They must be read, because a full pipe blocks the mock.
  lines.on('line', () => {});
  return base;
}

export const base = await serve();
export const coze = new CozeAPI({ token: 'pat_peer', baseURL: base });

export const question = (content) => ({ role: 'user', type: 'question', content, content_type: 'text' });

/** Collects the deltas of a chat as one text, and its other events. */
export async function collect(events) {
  const others = [];
  let text = '';
  for await (const event of events) {
    if (event.event === ChatEventType.CONVERSATION_MESSAGE_DELTA) text += event.data.content;
    else others.push(event);
  }
  return { text, events: others, last: others.at(-1) };
}

/** Expects that the API refuses a call. */
export async function refused(code, call) {
  await assert.rejects(call, (error) => {
    assert.equal(error.code, code, String(error));
    assert.ok(error.logid, 'the error has no log id');
    return true;
  });
}

const folder = mkdtempSync(join(tmpdir(), 'coze-js-'));
after(() => rmSync(folder, { recursive: true }));

/** Returns a file to upload. In Node.js, @coze/api takes streams only. */
export function file(name, content) {
  writeFileSync(join(folder, name), content);
  return createReadStream(join(folder, name));
}
