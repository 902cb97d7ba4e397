// A playground and a browser for the tests of a file. Each test gets a page of its own, signed in; afterwards nothing may have
// gone wrong.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

/** Starts a server that ends with the tests, `coze playground` or `coze mock`; gives the address that it prints. */
export async function serve(args, env = {}) {
  assert.ok(process.env.COZE, 'COZE is not set: start the tests with run.sh');
  const server = spawn(process.env.COZE, [...args, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
  const end = () => server.kill();
  process.on('exit', end);
  after(end);
  for await (const line of createInterface({ input: server.stdout })) {
    const [found] = line.match(/http:\/\/\S+/) ?? [];
    if (found) return found;
  }
  throw new Error(`coze ${args.join(' ')} did not start`);
}

// The mock of this playground is changed by nobody else.
const url = process.env.COZE_PLAYGROUND_URL ?? (await serve(['playground']));
export const origin = new URL(url).origin;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  });
});
after(() => browser?.close());

/** The browser reports every answer of 400 and above; at these addresses they are answers like others. */
const isAnswer = (message) =>
  message.text().startsWith('Failed to load resource') &&
  /\/api\/(samples|call|state|model)$/.test(message.location().url);

/** A test with a page of its own, of the playground at `address`. */
export function browserTest(name, body, { address = url, timeout = 60_000, ...options } = {}) {
  test(name, { timeout }, async () => {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-US',
      colorScheme: 'light',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const faults = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !isAnswer(message)) faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('dialog', (dialog) => {
      faults.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (
        !request.url().startsWith(new URL(address).origin) &&
        !/^(blob|data):/.test(request.url())
      )
        faults.push(`a request to ${request.url()}`);
    });
    try {
      await page.goto(address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await body(page, context);
    } catch (error) {
      if (faults.length) error.message += `\nThe page reports: ${faults.join('\n')}`;
      throw error;
    } finally {
      await context.close();
    }
    assert.deepEqual(faults, []);
  });
}

/** Goes to an operation by its deep link. */
export async function open(page, id) {
  await page.goto(`${new URL(page.url()).origin}/#/operation/${id}`);
  await page
    .locator('.subtitle code', { hasText: new RegExp(`^${id.replaceAll('.', '\\.')}$`) })
    .waitFor();
}

/** The control of a field, by the name of the parameter. */
export const field = (page, name) => page.locator(`.field[data-name="${name}"]`).first();
export const input = (page, name) => field(page, name).locator('input, textarea, select').first();

/** Puts these values in the place of all others. */
export async function fillJson(page, values) {
  const toggle = page.getByRole('button', { name: 'JSON', exact: true });
  if ((await toggle.getAttribute('aria-pressed')) !== 'true') await toggle.click();
  await page.getByLabel('Values').fill(JSON.stringify(values));
}

/** Runs and waits for the end. */
export async function run(page, phase = 'ok') {
  await page.keyboard.press('Control+Enter');
  await page.locator(`.chip[data-phase="${phase}"]`).waitFor();
}

export const result = (page) => page.locator('.result .panel');

/** What the server answers at an address, to the page. */
export const api = (page, path) =>
  page.evaluate(async (path) => {
    const headers = { authorization: `Bearer ${sessionStorage.getItem('coze-playground.key')}` };
    return (await fetch(path, { headers })).json();
  }, path);

/** All operations of the model, as the page lists them. */
export const operations = async (page) => {
  const of = ({ operations = [], children = [] }) => [...operations, ...children.flatMap(of)];
  return (await api(page, '/api/model')).resources.flatMap(({ group }) => of(group));
};

/** The state of the server: what backend it has, and ids that exist there. */
export const state = (page) => api(page, '/api/state');

/** Answers the next calls with these lines instead of the server's. */
export async function answerCalls(page, answer) {
  await page.route('**/api/call', async (route) => {
    const { status = 200, body } = answer(route.request());
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
