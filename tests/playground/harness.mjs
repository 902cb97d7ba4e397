// Starts a playground and a browser for a test file. Each test gets its own authorized page, and
// fails if the page reports an error.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

/**
 * Starts `coze playground` or `coze mock` until the tests end, and returns the URL that it prints.
 */
export async function serve(args, env = {}) {
  assert.ok(process.env.COZE, 'COZE is not set: start the tests with run.sh');
  const home = mkdtempSync(join(tmpdir(), 'coze-playground-'));
  const server = spawn(process.env.COZE, [...args, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, COZE_CONFIG_DIR: home, ...env },
  });
  const exited = once(server, 'exit');
  process.on('exit', () => server.kill('SIGKILL'));
  after(async () => {
    // A server that still runs may write to its folder while that is deleted.
    server.kill('SIGKILL');
    await exited;
    rmSync(home, { recursive: true, force: true });
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const [found] = line.match(/http:\/\/\S+/) ?? [];
    if (found) return found;
  }
  throw new Error(`coze ${args.join(' ')} did not start`);
}

// Each test file has its own playground, so its mock has no other users.
export const url = process.env.COZE_PLAYGROUND_URL ?? (await serve(['playground']));
export const origin = new URL(url).origin;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page lives for seconds, so optimizing its code costs more than it saves.
  '--js-flags=--no-opt',
  // A microphone that hums, for the tests of speech.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // The browser takes a page from the checkout for one of the internet, which may not open a
  // WebSocket to this machine.
  ...(process.env.PAGE_FROM_DISK
    ? ['--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets']
    : []),
];

/** Starts a browser, with more flags than all tests need. */
export const launch = (flags = []) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...FLAGS, ...flags],
  });

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Returns a new context of the browser. */
export const newContext = (options) => browser.newContext(options);

/** Closes the pages of a context. A handler that is still answering a request must not fail then. */
export async function closeContext(context) {
  for (const each of [context, ...context.pages()]) await each.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
}

/** The browser logs every error response; from these endpoints, tests may expect them. */
const isExpected = (message) =>
  message.text().startsWith('Failed to load resource') &&
  /\/api\/(samples|call|state|exports|operations(\/\S+)?|kept(\/\S+)?|target|token|key|previews)$/.test(message.location().url);

const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

/** Takes the files of the page from the checkout, with the headers of the server. */
async function fromDisk(context, address) {
  const folder = new URL('../../coze-cli/src/playground/page/', import.meta.url);
  const headers = Object.fromEntries((await fetch(new URL('/', address))).headers);
  await context.route(/:\d+\/(assets\/[^/]+)?(#.*)?$/, (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1) || 'index.html';
    return route.fulfill({
      body: readFileSync(new URL(name, folder)),
      headers: { ...headers, 'content-type': `${TYPES[name.split('.').at(-1)]}; charset=utf-8` },
    });
  });
}

/**
 * Deletes what the page has kept, and selects `source`, if there is one: the tests of a file would
 * share both otherwise.
 */
async function forget(address, source) {
  const { origin, hash } = new URL(address);
  const headers = {
    authorization: `Bearer ${hash.replace('#key=', '')}`,
    'content-type': 'application/json',
  };
  const response = await fetch(`${origin}/api/kept`, { method: 'DELETE', headers });
  assert.equal(response.status, 204);
  if (!source) return;
  const body = JSON.stringify(source);
  assert.ok((await fetch(`${origin}/api/target`, { method: 'PUT', headers, body })).ok);
}

/**
 * Defines in a page the function that returns a module of it. The script of the page exports its
 * modules; from the checkout, they are files.
 */
function defineModuleOf(fromDisk) {
  globalThis.moduleOf = async (name) =>
    fromDisk ? import(`/assets/${name}.js`) : (await import('/assets/page.js'))[`$${name}_js`];
}

/**
 * Defines a test with its own page of the playground at `address`, whose calls go to `source`. With
 * `pictures`, those of other hosts are a pixel; otherwise the page may request nothing elsewhere.
 */
export function browserTest(
  name,
  body,
  { address = url, source, timeout = 60_000, pictures = false, ...options } = {},
) {
  test(name, { timeout }, async () => {
    await forget(address, source);
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-US',
      colorScheme: 'light',
      ...options,
    });
    if (process.env.PAGE_FROM_DISK) await fromDisk(context, address);
    if (pictures)
      await context.route(/^https:/, (call) => call.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }));
    await context.addInitScript(defineModuleOf, Boolean(process.env.PAGE_FROM_DISK));
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const errors = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !isExpected(message)) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('dialog', (dialog) => {
      errors.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (
        !request.url().startsWith(new URL(address).origin) &&
        !/^(blob|data):/.test(request.url()) &&
        !(pictures && request.resourceType() === 'image')
      )
        errors.push(`a request to ${request.url()}`);
    });
    try {
      await page.goto(address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await body(page, context);
    } catch (error) {
      if (errors.length) error.message += `\nThe page reports: ${errors.join('\n')}`;
      throw error;
    } finally {
      // Otherwise the page sends its changes when it is closed, perhaps after the next test began.
      const flush = () => globalThis.moduleOf('store').then((store) => store.flush());
      await page.evaluate(flush).catch(() => {});
      await closeContext(context);
    }
    assert.deepEqual(errors, []);
  });
}

/** Opens an operation by its deep link. */
export async function open(page, id) {
  await page.goto(`${new URL(page.url()).origin}/#/operation/${id}`);
  await page
    .locator('.subtitle code', { hasText: new RegExp(`^${id.replaceAll('.', '\\.')}$`) })
    .waitFor();
}

/** Returns the field of a parameter. */
export const field = (page, name) => page.locator(`.field[data-name="${name}"]`).first();
export const input = (page, name) => field(page, name).locator('input, textarea, select').first();

/** Replaces all values. */
export async function fillJson(page, values) {
  const toggle = page.getByRole('button', { name: 'JSON', exact: true });
  if ((await toggle.getAttribute('aria-pressed')) !== 'true') await toggle.click();
  await page.getByLabel('Values').fill(JSON.stringify(values));
}

/** Runs the operation and waits for the end. */
export async function run(page, phase = 'ok') {
  // Before, the keys do nothing.
  await page.locator('button.run').first().waitFor({ state: 'attached' });
  await page.keyboard.press('Control+Enter');
  await page.locator(`.chip[data-phase="${phase}"]`).waitFor();
}

export const result = (page) => page.locator('.result .panel');

/** Returns the JSON of an endpoint of the server. */
export const api = (page, path) =>
  page.evaluate(async (path) => {
    const headers = { authorization: `Bearer ${sessionStorage.getItem('coze-playground.key')}` };
    return (await fetch(path, { headers })).json();
  }, path);

/** Makes a call on the server of the page, and returns its data. */
export const call = (page, id, values) =>
  page.evaluate(
    async ([id, values]) => {
      const { makeCall } = await globalThis.moduleOf('api');
      const lines = [];
      const call = { id, values, stream: false, confirmed: true };
      for await (const line of makeCall(call, new Map(), new AbortController().signal)) lines.push(line);
      return JSON.parse(lines.find(({ kind }) => kind === 'body').text).data;
    },
    [id, values],
  );

/** Keeps a value as the page does. */
export const keep = (page, name, value) =>
  page.evaluate(
    async ([name, body]) => {
      const headers = { authorization: `Bearer ${sessionStorage.getItem('coze-playground.key')}` };
      await fetch(`/api/kept/${name}`, { method: 'PUT', headers, body });
    },
    [name, JSON.stringify(value)],
  );

/** Returns all operations with their details, in the order of the page. */
export const operations = async (page) => {
  const list = await api(page, '/api/operations');
  return Promise.all(
    list.map(async ({ id }) => (await api(page, `/api/operations/${id}`)).operation),
  );
};

/** Returns the state of the server: its backend, and ids that exist there. */
export const state = (page) => api(page, '/api/state');

/** Replaces the server's responses to calls. */
export async function mockCalls(page, respond) {
  await page.route('**/api/call', async (route) => {
    const { status = 200, body } = respond(route.request());
    const text = Array.isArray(body)
      ? body.map((line) => `${JSON.stringify(line)}\n`).join('')
      : JSON.stringify(body);
    await route.fulfill({
      status,
      contentType: Array.isArray(body) ? 'application/x-ndjson' : 'application/json',
      body: text,
    });
  });
}

/** Returns a function that returns how many seconds the main thread of the page was busy since. */
export async function busyTime(page) {
  const cdp = await page.context().newCDPSession(page);
  // The time of the thread, because other programs slow a busy machine down.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const seconds = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find((each) => each.name === 'TaskDuration').value;
  };
  const before = await seconds();
  return async () => (await seconds()) - before;
}
