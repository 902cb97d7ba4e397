// Tests of the form: examples, required values and every kind of control.

import assert from 'node:assert/strict';
import {
  browserTest,
  field,
  fillJson,
  input,
  open,
  operations,
  result,
  run,
  state,
} from './harness.mjs';

/** Returns the values that the form would send. */
async function values(page) {
  const toggle = page.getByRole('button', { name: 'JSON', exact: true });
  await toggle.click();
  const text = await page.getByLabel('Values').inputValue();
  await toggle.click();
  return JSON.parse(text);
}

browserTest('the example is filled in initially and on demand', async (page) => {
  await open(page, 'bots.create');
  const found = (await operations(page)).find((each) => each.id === 'bots.create');
  // The workspace is the one of the mock.
  const example = { ...found.body.example, space_id: (await state(page)).defaults.workspace_id };
  assert.deepEqual(await values(page), example);
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  assert.deepEqual(await values(page), {});
  await page.getByRole('button', { name: 'Fill in example' }).click();
  assert.deepEqual(await values(page), example);
});

browserTest('required values are marked and checked before sending', async (page) => {
  let calls = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/api/call')) calls += 1;
  });
  await open(page, 'bots.create');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  assert.equal(await field(page, 'name').locator('.star').first().count(), 1);
  assert.equal(await field(page, 'icon_file_id').locator('.star').count(), 0);
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Fix \d+ fields? before running/).waitFor();
  assert.equal(await field(page, 'name').locator('.field-error').textContent(), 'Required');
  assert.equal(
    await page.evaluate(() => document.activeElement.closest('.field').dataset.name),
    'space_id',
  );
  assert.equal(await input(page, 'space_id').getAttribute('aria-invalid'), 'true');
  assert.equal(calls, 0);
  await input(page, 'space_id').fill('7361424235321600001');
  assert.equal(await field(page, 'space_id').locator('.field-error').isVisible(), false);
});

browserTest('nested objects expand and empty ones are not sent', async (page) => {
  await open(page, 'bots.create');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  const prompt = field(page, 'prompt_info');
  assert.equal(
    await prompt
      .locator('details')
      .first()
      .evaluate((each) => each.open),
    false,
  );
  await prompt.locator('summary').first().click();
  await input(page, 'prompt').fill('Be brief.');
  assert.deepEqual(await values(page), { prompt_info: { prompt: 'Be brief.' } });
});

browserTest('enumerations accept other values', async (page) => {
  await open(page, 'bots.create');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await field(page, 'prompt_info').locator('summary').first().click();
  const mode = field(page, 'prompt_mode');
  await mode.locator('select').selectOption('"standard"');
  assert.deepEqual(await values(page), { prompt_info: { prompt_mode: 'standard' } });
  await mode.locator('select').selectOption('other');
  await mode.getByLabel('Other value…').fill('brand_new');
  assert.deepEqual(await values(page), { prompt_info: { prompt_mode: 'brand_new' } });
});

browserTest('list items are added and removed', async (page) => {
  await open(page, 'bots.publish');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  const list = field(page, 'connector_ids');
  await list.getByRole('button', { name: '+ Add item' }).click();
  await page.keyboard.type('1024');
  await list.getByRole('button', { name: '+ Add item' }).click();
  await page.keyboard.type('999');
  assert.deepEqual((await values(page)).connector_ids, ['1024', '999']);
  await list.getByRole('button', { name: 'Remove' }).first().click();
  assert.deepEqual((await values(page)).connector_ids, ['999']);
});

browserTest('numbers keep their type and are checked against limits', async (page) => {
  await open(page, 'audio.speech.create');
  await input(page, 'speed').fill('1.5');
  assert.equal((await values(page)).speed, 1.5);
  const limited = (await operations(page))
    .flatMap((each) => (each.params ?? []).map((param) => ({ id: each.id, ...param })))
    .find(
      (each) =>
        ['int32', 'int64', 'double'].includes(each.kind) && each.limits?.maximum !== undefined,
    );

  assert.ok(limited, 'no parameter has a maximum');
  await open(page, limited.id);
  await input(page, limited.wire).fill(String(limited.limits.maximum + 1));
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Fix \d+ fields? before running/).waitFor();
  assert.equal(
    await field(page, limited.wire).locator('.field-error').textContent(),
    `At most ${limited.limits.maximum}.`,
  );
});

browserTest('JSON is validated while typing', async (page) => {
  await open(page, 'bots.create');
  await fillJson(page, { space_id: '7361424235321600001', name: 'Ada' });
  await page.getByText('Valid JSON', { exact: true }).waitFor();
  await page.getByLabel('Values').fill('{"space_id": ');
  await page
    .getByText(/^Not valid JSON, /)
    .first()
    .waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Fix \d+ fields? before running/).waitFor();
  await fillJson(page, { space_id: '7361424235321600001', name: 'Ada' });
  await run(page);
  assert.match(await result(page).textContent(), /bot_id/);
});

browserTest('line breaks survive edits of other fields', async (page) => {
  await open(page, 'datasets.documents.create');
  await input(page, 'dataset_id').fill('4711');
  const current = await values(page);
  assert.equal(current.dataset_id, '4711');
  assert.equal(current.chunk_strategy.separator, '\n\n');
});

browserTest('values survive a visit to another operation', async (page) => {
  await open(page, 'bots.create');
  await input(page, 'name').fill('Grace');
  await open(page, 'bots.list');
  await open(page, 'bots.create');
  assert.equal(await input(page, 'name').inputValue(), 'Grace');
});

browserTest('the page does not contain the token', async (page) => {
  await open(page, 'bots.create');
  assert.match(await page.locator('.token').textContent(), /Bearer •+/);
  assert.equal(await page.locator('.token input').count(), 0);
});

browserTest('response fields and events are shown as a tree', async (page) => {
  await open(page, 'chat.create');
  await page.getByRole('tab', { name: 'Response fields' }).click();
  const fields = page.locator('.reply-fields');
  assert.match(await fields.textContent(), /conversation_id/);
  await fields.locator('summary', { hasText: 'conversation.message.delta' }).click();
  await fields.locator('.event-schema[open] .name', { hasText: /^content$/ }).waitFor();
});
