// Tests of values that users bring along: further values, JSON, and the ids of objects.

import assert from 'node:assert/strict';
import { browserTest, call, field, fillJson, input, open, result, run, state } from './harness.mjs';

browserTest('further values are sent as headers, in the query and in the body', async (page) => {
  await open(page, 'bots.create');
  await page.getByText('Further values').click();
  const rows = page.locator('.extra-row');
  for (const [at, [place, name, value]] of [
    ['Headers', 'x-tt-env', 'boe'],
    ['Query', 'trace', '1'],
    ['Body', 'brand_new', '{"big": 9007199254740993}'],
  ].entries()) {
    await page.getByRole('button', { name: '+ Add value' }).click();
    await rows.nth(at).getByLabel('Place').selectOption(place);
    await rows.nth(at).getByLabel('Name').fill(name);
    await rows.nth(at).getByLabel('Value').fill(value);
  }
  await run(page);
  await page.getByRole('tab', { name: 'Request', exact: true }).click();
  const request = await result(page).textContent();
  assert.match(request, /\/v1\/bot\/create\?trace=1/);
  assert.match(request, /x-tt-envboe/);
  assert.match(request, /"brand_new":\{"big":9007199254740993\}/);
  await page.waitForTimeout(600);
  await page.reload();
  await rows.nth(2).waitFor();
  assert.equal(await rows.nth(2).getByLabel('Value').inputValue(), '{"big":9007199254740993}');
});

browserTest('the JSON editor shows where JSON is wrong', async (page) => {
  await open(page, 'bots.create');
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  const editor = page.getByLabel('Values');
  await editor.fill('{\n  "name": "a",\n  "space_id" "1"\n}');
  await page.getByText(/Not valid JSON: .*line 3 column/).waitFor();
  await page.keyboard.press('Control+Enter');
  await page.locator('.form-errors:not([hidden])').waitFor();
  assert.equal(
    await editor.evaluate((each) => each.value.slice(each.selectionStart, each.selectionEnd)),
    '"',
  );
});

browserTest('an id of a response is used in all forms, opened, and chatted with', async (page) => {
  await open(page, 'bots.create');
  await input(page, 'name').fill('Alive');
  await run(page);
  const { bot_id } = JSON.parse(await result(page).locator('.body-text').textContent()).data;
  await result(page).getByRole('button', { name: `bot_id ${bot_id}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Use in all forms' }).click();
  await open(page, 'bots.publish');
  assert.equal(await input(page, 'bot_id').inputValue(), bot_id);
  await run(page);
  await open(page, 'bots.list');
  await fillJson(page, { workspace_id: (await state(page)).defaults.workspace_id, page_size: 50 });
  await run(page);
  assert.match(await result(page).locator('.body-text').textContent(), /"name":"Alive"/);
  await open(page, 'bots.create');
  await result(page).getByRole('button', { name: `bot_id ${bot_id}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Open bots.retrieve' }).click();
  await page.waitForURL('**/#/operation/bots.retrieve');
  assert.equal(await input(page, 'bot_id').inputValue(), bot_id);
  await run(page);
  await result(page).getByRole('button', { name: `bot_id ${bot_id}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chat with this bot' }).click();
  await page.waitForURL('**/#/chat');
  assert.equal(await page.getByLabel('Bot', { exact: true }).inputValue(), bot_id);
});

browserTest('an id is chosen from the list of objects', async (page) => {
  await open(page, 'bots.retrieve');
  await input(page, 'bot_id').fill('');
  await field(page, 'bot_id').getByRole('button', { name: 'Choose…' }).click();
  const choice = page.getByRole('dialog').locator('.id-choice').first();
  const text = await choice.textContent();
  await choice.click();
  const id = await input(page, 'bot_id').inputValue();
  assert.ok(id && text.endsWith(id), `${text} ${id}`);
  await run(page);
});

for (const [operation, name, list, create] of [
  ['apps.retrieve', 'app_id', 'apps.list'],
  ['databases.delete', 'database_id', 'databases.list', 'databases.create'],
  ['workspaces.list', 'user_id', 'workspaces.members.list'],
])
  browserTest(`${name} is chosen from ${list}`, async (page) => {
    if (create) {
      await open(page, create);
      await run(page);
    }
    await open(page, operation);
    await fillJson(page, {});
    await page.getByRole('button', { name: 'JSON', exact: true }).click();
    await field(page, name).getByRole('button', { name: 'Choose…' }).click();
    await page.getByText(`From ${list}.`).waitFor();
    const choice = page.getByRole('dialog').locator('.id-choice').first();
    const text = await choice.textContent();
    await choice.click();
    const id = await input(page, name).inputValue();
    assert.ok(/^\d{6,}$/.test(id) && text.endsWith(id), `${text} ${id}`);
  });

browserTest('a long list of objects is filtered, and loaded page by page', async (page) => {
  const { workspace_id } = (await state(page)).defaults;
  for (let at = 1; at <= 12; at += 1)
    await call(page, 'datasets.create', { space_id: workspace_id, name: `Base ${at}.`, format_type: 0 });
  await open(page, 'datasets.process');
  await field(page, 'dataset_id').getByRole('button', { name: 'Choose…' }).click();
  const choices = page.getByRole('dialog').locator('.id-choice');
  const more = page.getByRole('dialog').getByRole('button', { name: 'Load more' });
  await more.waitFor();
  assert.equal(await choices.count(), 10);
  await more.click();
  await choices.nth(11).waitFor();
  await more.waitFor({ state: 'hidden' });
  assert.equal(new Set(await choices.allTextContents()).size, await choices.count());
  const filter = page.getByLabel('Filter by name or ID');
  assert.ok(await filter.evaluate((each) => each === document.activeElement));
  await filter.fill('no such name');
  await page.getByText('No loaded object matches.').waitFor();
  await filter.fill('BASE 7.');
  assert.equal(await choices.count(), 1);
  const text = await choices.textContent();
  await filter.press('Enter');
  const id = await input(page, 'dataset_id').inputValue();
  assert.ok(id && text === `Base 7. · ${id}`, text);
});

browserTest('the account itself is offered as a user, also if the list fails', async (page) => {
  await open(page, 'chat.create');
  const own = { name: 'User 2478774393201234 (me)', id: '2478774393201234' };
  const choose = async () => {
    await field(page, 'user_id').getByRole('button', { name: 'Choose…' }).click();
    const first = page.getByRole('dialog').locator('.id-choice').first();
    await first.getByText(own.name).waitFor();
    return first;
  };
  await (await choose()).click();
  assert.equal(await input(page, 'user_id').inputValue(), own.id);
  await page.route('**/api/call', (route) => {
    if (!route.request().postData().includes('workspaces.members.list')) return route.fallback();
    const body = '{"kind":"error","message":"no permission","code":4101,"status":200}\n';
    return route.fulfill({ contentType: 'application/x-ndjson', body });
  });
  await choose();
  await page.getByRole('alert').getByText('no permission').waitFor();
});

browserTest('the IDs of all forms are shown, chosen and forgotten', async (page) => {
  await open(page, 'bots.publish');
  const before = await input(page, 'bot_id').inputValue();
  await page.getByRole('button', { name: 'IDs', exact: true }).click();
  const own = page.getByRole('dialog').first();
  const row = own.getByRole('listitem').filter({ hasText: 'bot_id' });
  assert.match(await row.textContent(), /not chosen/);
  await row.getByRole('button', { name: 'Choose… bot_id' }).click();
  const choices = page.locator('.id-choice');
  await choices.first().waitFor();
  const text = await choices.first().textContent();
  await choices.first().click();
  const chosen = text.split(' · ').at(-1);
  assert.ok((await row.textContent()).includes(chosen));
  await own.getByRole('button', { name: 'Close' }).click();
  assert.equal(await input(page, 'bot_id').inputValue(), chosen);
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await input(page, 'bot_id').inputValue(), before);
  await page.getByRole('button', { name: 'IDs', exact: true }).click();
  await row.getByRole('button', { name: 'Forget bot_id' }).click();
  assert.match(await row.textContent(), /not chosen/);
});
