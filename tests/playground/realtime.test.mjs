// Tests of voice chats: with a recording, and with the microphone of the browser, which hums.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { browserTest, launch, origin, url } from './harness.mjs';

const RATE = 24_000;
const caption = (page, side, text) => page.locator(`.caption.${side}[data-done=true]`, { hasText: text });
const talkState = (page, text) => page.locator('.talk-state', { hasText: text });
const start = (page) => page.getByRole('button', { name: 'Start', exact: true }).click();
const level = (page, label) => page.getByLabel(label).evaluate((meter) => meter.value);

/** Returns a WAV file of a tone in which the mock recognizes a text, and of silence. */
function recording(text, seconds = 1.2, silence = 0) {
  const bytes = Buffer.from(text);
  const tone = Array.from({ length: seconds * RATE }, (_, n) => Math.round(8000 * Math.sin(n / 10)));
  const mark = text ? [3, -7, 11, -13, bytes.length >> 8, bytes.length & 255, ...bytes] : [];
  const samples = Int16Array.from([...mark, ...tone, ...new Array(silence * RATE).fill(0)]);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

async function openTalk(page, { text, push = false } = {}) {
  await page.goto(`${origin}/#/sdk/realtime`);
  await page.locator('.talk').waitFor();
  if (push) await page.getByLabel('turnDetection.type').selectOption({ label: 'client_interrupt' });
  if (text)
    await page
      .getByLabel('Recording to use instead of the microphone')
      .setInputFiles({ name: 'question.wav', mimeType: 'audio/wav', buffer: recording(text) });
}

browserTest('the server detects the turns of a recording, and the bot answers', async (page) => {
  await openTalk(page, { text: 'When does it leave? [answer It leaves at noon.]' });
  await start(page);
  await page.waitForFunction(() => document.querySelector('meter').value > 0.3);
  await talkState(page, 'Listening').waitFor();
  await caption(page, 'user', 'When does it leave?').waitFor();
  await caption(page, 'bot', 'It leaves at noon.').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('meter')[1].value > 0.3);
  const latency = await page.locator('.talk-latency').textContent();
  assert.match(latency, /^First sound \d+ ms after the end of speech, \d+ ms after it was detected$/);
  // The server knows the end after half a second of silence.
  const [total, server] = latency.match(/\d+/g).map(Number);
  assert.ok(total >= server + 300, latency);
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await talkState(page, 'Ended').waitFor();
});

test('the server detects the turns of the microphone', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coze-voice-'));
  const file = join(folder, 'voice.wav');
  // The mock detects the end of speech by complete silence.
  writeFileSync(file, recording('', 1, 4));
  const browser = await launch([`--use-file-for-fake-audio-capture=${file}`]);
  try {
    const page = await browser.newPage({ locale: 'en-US' });
    await page.goto(url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await openTalk(page);
    await start(page);
    await caption(page, 'user', /This is a recording of \d+ bytes/).first().waitFor();
    await caption(page, 'bot', 'This is a recording').first().waitFor();
    await page.locator('.talk-latency', { hasText: 'after the end of speech' }).waitFor();
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
});

browserTest('speech interrupts the bot, and so does the button', async (page) => {
  const long = 'word '.repeat(60).trim();
  await openTalk(page, { text: `Tell me [answer ${long}]` });
  await start(page);
  const hears = () => page.waitForFunction(() => document.querySelectorAll('meter')[1].value > 0.3);
  const isSilent = () => page.waitForFunction(() => document.querySelectorAll('meter')[1].value === 0);
  await hears();
  await page.getByRole('button', { name: 'Play the recording' }).click();
  await talkState(page, 'Listening').waitFor();
  await isSilent();
  // The next answer is heard from its beginning.
  await hears();
  await page.getByRole('button', { name: 'Interrupt' }).click();
  await isSilent();
});

browserTest('the microphone is heard while the button is held', async (page) => {
  await openTalk(page, { push: true });
  await start(page);
  const hold = page.getByRole('button', { name: 'Hold to talk' });
  await hold.and(page.locator(':enabled')).waitFor();
  const box = await hold.boundingBox();
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.down();
  await talkState(page, 'Listening').waitFor();
  await page.waitForTimeout(900);
  await page.mouse.up();
  const heard = await caption(page, 'user', /This is a recording of \d+ bytes/).textContent();
  const bytes = Number(heard.match(/\d+/)[0]);
  // 16 bits at 24,000 Hz, for about the time that the button was held.
  assert.ok(bytes > 0.5 * RATE * 2 && bytes < 3 * RATE * 2, heard);
  await caption(page, 'bot', 'This is a recording').waitFor();
  assert.equal(await page.locator('.talk-latency').textContent() !== '', true);
});

browserTest('a recording is sent with the keyboard', async (page) => {
  await openTalk(page, { push: true, text: 'Hello [answer Good morning.]' });
  await start(page);
  const hold = page.getByRole('button', { name: 'Hold to talk' });
  await hold.and(page.locator(':enabled')).waitFor();
  await hold.focus();
  await page.keyboard.press('Space');
  await caption(page, 'bot', 'Good morning.').waitFor();
  await caption(page, 'user', 'Hello').waitFor();
});

browserTest('text, suggestions and tools work as in a chat', async (page) => {
  await openTalk(page, { push: true });
  await start(page);
  const input = page.getByLabel('Write instead of speaking');
  await input.and(page.locator(':enabled')).waitFor();
  await input.fill('Hi [answer Yes.] [suggest And then?]');
  await input.press('Enter');
  await caption(page, 'bot', 'Yes.').waitFor();
  await page.getByRole('button', { name: 'And then?' }).click();
  await caption(page, 'user', /^You: And then\?$/).waitFor();
  await input.fill('Look it up [tool find {"what": "keys"}]');
  await input.press('Enter');
  await page.getByText('The bot is waiting for the outputs').waitFor();
  await page.getByLabel(/^find /).fill('in the drawer');
  await page.getByRole('button', { name: 'Submit outputs' }).click();
  await caption(page, 'bot', 'in the drawer').waitFor();
});

browserTest('the microphone is muted, and released at the end', async (page) => {
  await openTalk(page);
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket));
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (wanted) => (window.stream = await open(wanted));
  });
  await start(page);
  const mute = page.getByRole('button', { name: 'Mute' });
  await mute.and(page.locator(':enabled')).click();
  await talkState(page, 'Muted').waitFor();
  assert.equal(await mute.getAttribute('aria-pressed'), 'true');
  assert.equal(await level(page, 'Your level'), 0);
  assert.ok(!sockets[0].url().includes('key'));
  await page.getByRole('tab', { name: 'Chat' }).click();
  await page.waitForFunction(() => window.stream.getTracks().every(({ readyState }) => readyState === 'ended'));
  for (let n = 0; n < 50 && !sockets[0].isClosed(); n += 1) await page.waitForTimeout(100);
  assert.ok(sockets[0].isClosed());
});

for (const [name, message] of [
  ['NotAllowedError', 'does not let this page use the microphone'],
  ['NotFoundError', 'No microphone was found'],
  ['NotReadableError', 'Another program may use it'],
])
  browserTest(`a microphone that cannot be used is explained: ${name}`, async (page) => {
    await openTalk(page);
    await page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));
    }, name);
    await start(page);
    await page.locator('.talk').getByRole('alert').getByText(message).waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
  });

browserTest('a file that is no sound and an unknown bot are explained', async (page) => {
  await openTalk(page);
  await page
    .getByLabel('Recording to use instead of the microphone')
    .setInputFiles({ name: 'question.wav', mimeType: 'audio/wav', buffer: Buffer.from('text') });
  await start(page);
  await page.getByText('The browser cannot read the recording.').waitFor();
  await openTalk(page, { text: 'Hello' });
  await page.reload();
  await openTalk(page, { text: 'Hello' });
  await page.getByLabel('botId', { exact: true }).fill('12');
  await start(page);
  await page.locator('.talk').getByRole('alert').getByText('bot_id=12').waitFor();
});

const options = (page) => page.getByLabel('The options as code');
const field = (page, name) => page.getByLabel(name, { exact: true });

browserTest('the form of a voice chat changes the code, the code changes the form, and both are kept', async (page) => {
  await openTalk(page, { push: true });
  await page.getByRole('button', { name: 'Choose… voiceId' }).click();
  await page.locator('dialog .id-choice').first().click();
  const voice = await field(page, 'voiceId').inputValue();
  assert.match(voice, /^\d+$/);
  const text = await options(page).inputValue();
  assert.match(text, /new RealtimeClient\(\{\n[^]*type: 'client_interrupt'/);
  assert.ok(text.includes(`voiceId: '${voice}'`), text);
  // The programs follow.
  const program = page.locator('.talk-code .sample');
  const rust = await program.textContent();
  assert.ok(rust.includes(`voice_id("${voice}")`) && rust.includes('ClientInterrupt'), rust);
  await options(page).fill(
    text.replace("'client_interrupt'", "'server_vad'").replace('botId:', "prologueContent: 'Good day', // a greeting\n  roomMode: 'podcast',\n  botId:"),
  );
  assert.equal(await page.getByLabel('turnDetection.type').locator('option:checked').textContent(), 'server_vad');
  assert.equal(await field(page, 'prologueContent').inputValue(), 'Good day');
  await page.getByText('The voice chat of this page ignores: roomMode').waitFor();
  await field(page, 'audioMutedDefault').selectOption({ label: 'true' });
  assert.match(await options(page).inputValue(), /\/\/ a greeting\n[^]*audioMutedDefault: true/);
  await page.getByRole('tab', { name: 'JavaScript' }).click();
  const script = await program.textContent();
  for (const part of [`voiceId: "${voice}"`, 'type: "server_vad"', 'prologue_content: "Good day"', 'audioMutedDefault: true'])
    assert.ok(script.includes(part), `${part} in ${script}`);
  await page.evaluate(async () => (await globalThis.moduleOf('store')).flush());
  await page.reload();
  await page.locator('.talk').waitFor();
  assert.equal(await field(page, 'voiceId').inputValue(), voice);
  await options(page).fill('new RealtimeClient({\n  botId: \n})');
  await start(page);
  await page.locator('.talk').getByRole('alert').getByText('Line 3: a value is missing.').waitFor();
});

browserTest('the options of a voice chat count when it starts', async (page) => {
  await openTalk(page);
  await field(page, 'audioMutedDefault').selectOption({ label: 'true' });
  await field(page, 'prologueContent').fill('Good day to you');
  const sent = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('start')));
  await options(page).fill((await options(page).inputValue()).replace('botId:', "userId: 'ling',\n  botId:"));
  await start(page);
  await talkState(page, 'Muted').waitFor();
  await caption(page, 'bot', 'Good day to you').waitFor();
  const first = JSON.parse((await sent).payload);
  assert.deepEqual([first.user_id, first.turn_detection, first.prologue_content], ['ling', 'server_vad', 'Good day to you']);
});

