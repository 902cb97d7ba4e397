// Tests of sample code.

import assert from 'node:assert/strict';
import { browserTest, input, open } from './harness.mjs';

const sample = (page) => page.locator('.sample');

browserTest('samples in every language are updated while typing', async (page) => {
  await open(page, 'bots.create');
  await sample(page).getByText('bots()').first().waitFor();
  await input(page, 'name').fill('Follow me');
  await sample(page).getByText('Follow me').first().waitFor();
  await page.getByRole('tab', { name: 'curl' }).click();
  await sample(page).getByText('Follow me').first().waitFor();
  assert.match(await sample(page).textContent(), /^curl [^]*\/v1\/bot\/create/);
  await open(page, 'chat.retrieve');
  await page.getByRole('tab', { name: 'Python' }).click();
  await sample(page).getByText('cozepy').first().waitFor();
  await input(page, 'chat_id').fill('4711');
  await sample(page).getByText('4711').first().waitFor();
});

browserTest('the keyboard switches tabs', async (page) => {
  await open(page, 'bots.create');
  await page.getByRole('tab', { name: 'Rust' }).focus();
  const shown = [];
  for (const key of ['ArrowRight', 'End', 'ArrowRight', 'ArrowLeft', 'Home']) {
    await page.keyboard.press(key);
    shown.push(await page.locator('.samples [role=tab][aria-selected=true]').textContent());
  }
  assert.deepEqual(shown, ['curl', 'Python', 'Rust', 'Python', 'Rust']);
});

browserTest('the language of the samples is remembered', async (page) => {
  await open(page, 'bots.create');
  await page.getByRole('tab', { name: 'curl' }).click();
  await open(page, 'files.upload');
  assert.equal(await page.getByRole('tab', { name: 'curl' }).getAttribute('aria-selected'), 'true');
  await page.reload();
  await sample(page).getByText('/v1/files/upload').first().waitFor();
});

browserTest('the sample is copied unchanged', async (page, context) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, 'bots.create');
  await sample(page).getByText('bots()').first().waitFor();
  await page.locator('.samples .copy').click();
  await page.locator('.samples .copy', { hasText: 'Copied' }).waitFor();
  assert.equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    await sample(page).textContent(),
  );
});

browserTest('a missing sample is explained', async (page) => {
  await page.route('**/api/samples', (route) =>
    route.fulfill({ json: { rust: 'let x = 1;', curl: 'curl', python: null } }),
  );
  await open(page, 'bots.create');
  await page.getByRole('tab', { name: 'Python' }).click();
  await page.getByText('No sample for this call').waitFor();
});

browserTest('the sample depends on streaming', async (page) => {
  await open(page, 'chat.create');
  await sample(page).getByText('.stream()').first().waitFor();
  await page.getByLabel('Stream the response').uncheck();
  await page.waitForFunction(() => {
    const text = document.querySelector('.sample').textContent;
    return text.includes('chat()') && !text.includes('.stream()');
  });
});
