// Tests of the key to the local server.

import assert from 'node:assert/strict';
import { browserTest, open, origin } from './harness.mjs';

browserTest('the key is not in the URL, cookies or local storage', async (page, context) => {
  const key = await page.evaluate(() => sessionStorage.getItem('coze-playground.key'));
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.ok(!page.url().includes('key'));
  assert.deepEqual(await context.cookies(), []);
  assert.ok(!(await page.evaluate(() => JSON.stringify({ ...localStorage }))).includes(key));
  await page.reload();
  await open(page, 'bots.list');
});

browserTest('the ticket with which the browser is started is exchanged for the key', async (page) => {
  const key = await page.evaluate(() => {
    const key = sessionStorage.getItem('coze-playground.key');
    sessionStorage.clear();
    return key;
  });
  const sent = [];
  await page.route('**/api/key', (route) => {
    sent.push([route.request().method(), route.request().headers().authorization]);
    return route.fulfill({ json: { key } });
  });
  await page.goto(`${origin}/#ticket=0123`);
  await page.locator('.subtitle').waitFor();
  assert.deepEqual(sent, [['POST', 'Bearer 0123']]);
  assert.ok(!page.url().includes('ticket'));
  // A ticket that is used up does no harm to a tab that has the key.
  await page.unroute('**/api/key');
  const refused = page.waitForResponse('**/api/key');
  await page.goto(`${origin}/#ticket=0123`);
  assert.equal((await refused).status(), 401);
  await page.locator('.subtitle').waitFor();
});

browserTest('a new tab gets the key from an open one', async (page, context) => {
  const other = await context.newPage();
  await other.goto(`${origin}/#/operation/bots.list`);
  await other.locator('.subtitle code', { hasText: 'bots.list' }).waitFor();
});

browserTest('an outdated key is explained', async (page) => {
  const key = await page.evaluate(() => sessionStorage.getItem('coze-playground.key'));
  await page.route(
    '**/api/state',
    (route) => route.fulfill({ status: 401, json: { message: 'no' } }),
    { times: 1 },
  );
  await page.evaluate(() => sessionStorage.setItem('coze-playground.key', '00'));
  await page.reload();
  await page
    .getByRole('heading', { name: 'This tab does not have the key to the local server' })
    .waitFor();
  await page.getByText('Open this URL').waitFor();
  // The printed URL works in the same tab.
  await page.goto(`${origin}/#key=${key}`);
  await page.locator('.subtitle').waitFor();
});
