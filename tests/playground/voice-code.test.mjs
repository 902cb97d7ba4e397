// Tests of the page and the programs for voice chats that the view "SDK" offers, with the packages
// of the platform.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { browserTest, call, origin, state } from './harness.mjs';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const peers = file('../peers/coze_js');
const modules = execFileSync(file('../peers/coze-js.sh'), ['--install'], { encoding: 'utf8' }).trim();
const esbuild = createRequire(join(peers, 'package.json'))('esbuild');

const clipboard = { permissions: ['clipboard-read', 'clipboard-write', 'microphone'] };
const field = (page, name) => page.getByLabel(name, { exact: true });
const options = (page) => page.getByLabel('The options as code');
const program = (page) => page.locator('.talk-code .sample');
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

async function openTalk(page) {
  await page.goto(`${origin}/#/sdk/realtime`);
  await page.locator('.talk').waitFor();
}

/** Chooses the first voice of the list. */
async function chooseVoice(page) {
  await page.getByRole('button', { name: 'Choose… voiceId' }).click();
  await page.locator('dialog .id-choice').first().click();
  return field(page, 'voiceId').inputValue();
}

/** Copies the page for the platform's SDK. */
async function copyPage(page) {
  await page.getByRole('button', { name: 'For the platform’s SDK' }).click();
  return copied(page);
}

/**
 * Opens a copied page with the package of npm. Its calls go to the mock, and requests to the
 * platform's RTC servers fail. Returns the calls with their responses, and the failed requests.
 */
async function openCopy(page, context, html) {
  const { base_url } = await state(page);
  const [calls, failed] = [[], []];
  await context.route(/^https:/, (route) => {
    failed.push(route.request());
    return route.abort();
  });
  await context.route('https://cdn.jsdelivr.net/npm/@coze/realtime-api@1/**', (route) => {
    const [, path] = new URL(route.request().url()).pathname.split('@1/');
    return route.fulfill({ path: join(modules, '@coze/realtime-api', path), contentType: 'text/javascript' });
  });
  await context.route('https://api.coze.cn/**', async (route) => {
    const request = route.request();
    // The mock refuses the pages of other sites, and the platform does not.
    const { origin: _, ...sent } = request.headers();
    const response = await route.fetch({ url: request.url().replace('https://api.coze.cn', base_url), headers: sent });
    const headers = { ...response.headers(), 'access-control-allow-origin': '*' };
    calls.push({ request, response: await response.json() });
    await route.fulfill({ response, headers });
  });
  await context.route('https://app.example/', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
  const copy = await context.newPage();
  await copy.goto('https://app.example/');
  return { copy, calls, failed };
}

browserTest('the copied page of a voice chat opens a room with the package of the platform, and has no token', async (page, context) => {
  const conversation = await call(page, 'conversations.create', {});
  await openTalk(page);
  const voice = await chooseVoice(page);
  const { defaults } = await state(page);
  const values = { accessToken: 'pat_0123456789abcdef', workflowId: '7', conversationId: conversation.id, userId: 'ling', prologueContent: '</script>' };
  const members = Object.entries(values).map(([name, value]) => `${name}: '${value}',\n  `).join('');
  const code = (await options(page).inputValue()).replace(/\n +accessToken: .*/, '');
  await options(page).fill(code.replace('botId:', `${members}botId:`));
  const html = await copyPage(page);
  assert.ok(html.includes("accessToken: 'YOUR_TOKEN'") && !html.includes('pat_'), html);
  const { copy, calls, failed } = await openCopy(page, context, html);
  const logged = [];
  copy.on('console', (message) => logged.push(message.text()));
  const joins = copy.waitForRequest((request) => request.url().includes('GetAccessInfo'));
  await copy.getByRole('button', { name: 'Start' }).click();
  const join = await joins;
  const [{ request, response }] = calls;
  assert.equal(`${request.method()} ${new URL(request.url()).pathname}`, 'POST /v1/audio/rooms');
  assert.equal(request.headers().authorization, 'Bearer YOUR_TOKEN');
  // This version of the package does not send the opening words and the detection of turns; later
  // ones do.
  assert.deepEqual(request.postDataJSON(), {
    bot_id: defaults.bot_id,
    voice_id: voice,
    workflow_id: '7',
    conversation_id: conversation.id,
    connector_id: '1024',
    uid: 'ling',
  });
  assert.equal(response.code, 0);
  // The package goes to the RTC servers with the application of the room.
  assert.equal(join.postDataJSON().appID, response.data.app_id);
  assert.ok(failed.every((each) => /\.(bytedance|volcvideo|volcvideos|bytevcloud)\.com$/.test(new URL(each.url()).host)), String(failed.map((each) => each.url())));
  // An event as it would arrive there.
  const event = { event_type: 'conversation.message.delta', data: { content: 'Good day' } };
  const seen = copy.waitForEvent('console', (message) => message.text().startsWith('server.conversation.message.delta'));
  await copy.evaluate((message) => client._client.handleMessage({ message }), JSON.stringify(event));
  await seen;
  await copy.getByRole('button', { name: 'End' }).click();
  await copy.getByRole('status').getByText('server not connected').waitFor();
}, clipboard);

browserTest('the copied page of a voice chat says why there is no room', async (page, context) => {
  await openTalk(page);
  await field(page, 'botId').fill('12');
  const { copy } = await openCopy(page, context, await copyPage(page));
  await copy.getByRole('button', { name: 'Start' }).click();
  await copy.getByRole('status').getByText('bot_id=12').waitFor();
}, clipboard);

/** Serves a program on a page of its own, as a bundler builds it. */
async function servePage(source) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: source, resolveDir: peers },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'error',
  });
  const server = createServer((request, response) => {
    const isScript = request.url === '/app.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? outputFiles[0].contents : '<!doctype html><title>A page</title><script type="module" src="/app.js"></script>');
  });
  after(() => server.close());
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}/page.html`;
}

/** Copies the JavaScript program, and opens it in a page of its own. Returns its page. */
async function openProgram(page, context) {
  await page.getByRole('tab', { name: 'JavaScript' }).click();
  await page.locator('.talk-code .copy').click();
  await page.locator('.talk-code .copy', { hasText: 'Copied' }).waitFor();
  const copy = await context.newPage();
  copy.setDefaultTimeout(20_000);
  // The package loads its noise suppression from a host of the platform.
  await copy.route(/^https:/, (route) => route.abort());
  await copy.addInitScript(() => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    window.microphones = 0;
    mediaDevices.getUserMedia = (wanted) => ((window.microphones += 1), open(wanted));
  });
  await copy.goto(await servePage(await copied(page)));
  return copy;
}

/** Clicks into the page of a program, which then connects. Returns its socket, and awaits frames by their type. */
async function connect(copy) {
  const frames = [];
  let notify = () => {};
  const add = ({ payload }) => {
    frames.push(JSON.parse(payload));
    notify();
  };
  copy.on('websocket', (socket) => socket.on('framesent', add).on('framereceived', add));
  const opened = copy.waitForEvent('websocket');
  await copy.mouse.click(10, 10);
  const socket = await opened;
  /** Waits for a frame, for as long as the test may take. */
  const frame = async (type) => {
    for (;;) {
      const found = frames.find((each) => each.event_type === type);
      if (found) return found;
      await new Promise((resolve) => (notify = resolve));
    }
  };
  return { socket, frame };
}

browserTest('the JavaScript program talks to the mock with the package of the platform', async (page, context) => {
  await openTalk(page);
  const voice = await chooseVoice(page);
  await field(page, 'prologueContent').fill('Good day to you');
  await options(page).fill((await options(page).inputValue()).replace('botId:', "userId: 'ling',\n  workflowId: '7366468917055000003',\n  botId:"));
  const copy = await openProgram(page, context);
  const logged = copy.waitForEvent('console', (message) => message.text().startsWith('server.conversation.audio.completed'));
  const { socket, frame } = await connect(copy);
  const { base_url, defaults } = await state(page);
  const url = new URL(socket.url());
  assert.equal(url.host, new URL(base_url).host);
  assert.deepEqual(
    [url.pathname, ...['bot_id', 'workflow_id', 'authorization'].map((name) => url.searchParams.get(name))],
    ['/v1/chat', defaults.bot_id, '7366468917055000003', 'Bearer YOUR_TOKEN'],
  );
  const { data } = await frame('chat.update');
  assert.deepEqual([data.output_audio.voice_id, data.turn_detection, data.chat_config, data.need_play_prologue, data.prologue_content], [
    voice, { type: 'server_vad' }, { user_id: 'ling' }, true, 'Good day to you',
  ]);
  await frame('chat.updated');
  // The opening words arrive, and what the microphone hears is sent.
  await logged;
  assert.ok((await frame('input_audio_buffer.append')).data.delta.length > 0);
  assert.ok((await copy.evaluate(() => window.microphones)) > 0);
}, clipboard);

browserTest('the JavaScript program with push to talk leaves the microphone to its page', async (page, context) => {
  await openTalk(page);
  await page.getByLabel('turnDetection.type').selectOption({ label: 'client_interrupt' });
  const copy = await openProgram(page, context);
  assert.ok((await program(page).textContent()).includes('client.startRecord()'));
  // Otherwise, the package has opened the microphone by then.
  const connected = copy.waitForEvent('console', (message) => message.text().startsWith('client.connected'));
  const { frame } = await connect(copy);
  const { data } = await frame('chat.update');
  assert.deepEqual([data.turn_detection, data.need_play_prologue], [{ type: 'client_interrupt' }, false]);
  await frame('chat.updated');
  await connected;
  assert.equal(await copy.evaluate(() => window.microphones), 0);
}, clipboard);

/** The settings of the programs that the tests of the examples compile and run. */
const PLAIN = { bot: '7342866812345000001', voice: '', workflow: '', conversation: '', user: '', detection: 'server_vad', vad: true, muted: false, prologue: false, opening: '' };
const FULL = {
  ...PLAIN,
  voice: '7426720361732000003',
  workflow: '7366468917055000003',
  conversation: '7374752000116113452',
  user: 'ling',
  detection: 'client_interrupt',
  vad: false,
  opening: 'Good day to you',
};

browserTest('the Rust programs are the examples that are compiled and run', async (page) => {
  const code = (settings, base) =>
    page.evaluate(async (given) => (await globalThis.moduleOf('talkcode')).talkCode('rust', ...given), [settings, base]);
  for (const [name, settings] of [['voice_chat', PLAIN], ['voice_chat_options', FULL]]) {
    const example = readFileSync(file(`../examples/${name}.rs`), 'utf8');
    assert.equal(await code(settings, 'https://api.coze.cn'), example.slice(example.indexOf('\n\n') + 2), name);
  }
  // On the mock, the program has its address.
  await openTalk(page);
  const { base_url } = await state(page);
  const shown = await program(page).textContent();
  assert.equal(shown, await code(PLAIN, base_url));
  assert.ok(shown.includes(`.base_url("${base_url}")`), shown);
});
