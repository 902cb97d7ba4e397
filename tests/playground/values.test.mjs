// Tests of values that users bring along: further values, JSON, and the ids of objects.

import assert from 'node:assert/strict';
import { browserTest, call, field, fillJson, input, open, result, run, state } from './harness.mjs';

browserTest('further values are sent as headers, in the query and in the body', async (page) => {
  await open(page, 'bots.create');
  await page.getByText('Additional values', { exact: true }).click();
  const rows = page.locator('.extra-row');
  for (const [at, [place, name, value]] of [
    ['Headers', 'x-tt-env', 'boe'],
    ['Query', 'trace', '1'],
    ['Body', 'brand_new', '{"big": 9007199254740993}'],
  ].entries()) {
    await page.getByRole('button', { name: '+ Add value' }).click();
    await rows.nth(at).getByLabel('Location').selectOption(place);
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
  await page.getByText('Not valid JSON, line 3, column 14: a colon is expected.').first().waitFor();
  await page.keyboard.press('Control+Enter');
  await page.locator('.form-errors:not([hidden])').waitFor();
  assert.equal(
    await editor.evaluate((each) => each.value.slice(each.selectionStart, each.selectionEnd)),
    '"',
  );
  // Invalid JSON says nothing about the fields.
  assert.doesNotMatch(await page.locator('.form-errors').textContent(), /Required/);
  await page.keyboard.press('Control+Enter');
  await editor.fill('[1]');
  await page.keyboard.press('Control+Enter');
  await page.locator('.form-errors', { hasText: 'must be a JSON object' }).waitFor();
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  assert.equal(await editor.inputValue(), '[1]');
});

browserTest('the place of a mistake is found in every kind of text that is not JSON', async (page) => {
  const texts = ['', '{', '{"a": x}', '[1,]', '{"a": 1,}', '{a: 1}', '{"a" 1}', '{"a": 1 "b": 2}', '[1 2]',
    '{"a": "b', '"\\x"', '"a\nb"', '01', '1 2', '[}', "{'a': 1}", '\ufeff{}', '{"a": tru}', ']'];
  const found = await page.evaluate(async (texts) => {
    const { findMistake, lineAndColumn } = await globalThis.moduleOf('jsonmistake');
    const isJson = (text) => {
      try {
        return JSON.parse(text), true;
      } catch {
        return false;
      }
    };
    const valid = ['1', ' [] ', '{}', '{"a": [1, -2.5e3, "\\u00e9\\n", null, true, {}]}', '"\u2028"'];
    return {
      mistakes: texts.map((text) => {
        const { at, expected } = findMistake(text) ?? {};
        return [text, at, expected];
      }),
      differs: [...texts, ...valid].filter((text) => isJson(text) !== (findMistake(text) === null)),
      place: lineAndColumn('{\n  "a": x}', 9),
    };
  }, texts);
  assert.deepEqual(found.differs, []);
  assert.deepEqual(found.place, { line: 2, column: 8 });
  assert.deepEqual(found.mistakes, [
    ['', 0, 'value'],
    ['{', 1, 'member'],
    ['{"a": x}', 6, 'value'],
    ['[1,]', 3, 'value'],
    ['{"a": 1,}', 8, 'name'],
    ['{a: 1}', 1, 'member'],
    ['{"a" 1}', 5, 'colon'],
    ['{"a": 1 "b": 2}', 8, 'member_end'],
    ['[1 2]', 3, 'item_end'],
    ['{"a": "b', 8, 'quote'],
    ['"\\x"', 1, 'quote'],
    ['"a\nb"', 2, 'quote'],
    ['01', 0, 'value'],
    ['1 2', 2, 'end'],
    ['[}', 1, 'item'],
    ["{'a': 1}", 1, 'member'],
    ['\ufeff{}', 0, 'value'],
    ['{"a": tru}', 6, 'value'],
    [']', 0, 'value'],
  ]);
});

browserTest('values in JSON are checked by their types and limits, as fields are', async (page) => {
  await open(page, 'bots.list');
  await fillJson(page, { workspace_id: ['7'], page_size: 0.5 });
  await page.keyboard.press('Control+Enter');
  const errors = page.locator('.form-errors');
  await errors.getByText('workspace_id: Must be text.').waitFor();
  assert.match(await errors.textContent(), /page_size: Must be a whole number\./);
  await open(page, 'bots.publish');
  await fillJson(page, { bot_id: 7, connector_ids: '1024' });
  await page.keyboard.press('Control+Enter');
  await errors.getByText('connector_ids: Must be a list.').waitFor();
  // No field can show it, so the JSON stays.
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  assert.match(await page.getByLabel('Values').inputValue(), /"connector_ids": ?"1024"/);
  // The description may be wrong, so the user can insist.
  await errors.getByText('Run again to send it as is.').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.locator('.chip[data-phase]').waitFor();
  assert.doesNotMatch(await errors.textContent(), /bot_id/);
});

browserTest('variables stand for chosen IDs in JSON and in further values', async (page) => {
  const { bot_id } = (await state(page)).defaults;
  await open(page, 'bots.retrieve');
  await page.getByText('Additional values', { exact: true }).click();
  await page.getByRole('button', { name: '+ Add value' }).click();
  const row = page.locator('.extra-row');
  await row.getByLabel('Location').selectOption('Query');
  await row.getByLabel('Name').fill('trace');
  await row.getByLabel('Value').fill('{{bot_id}}');
  await run(page);
  await page.getByRole('tab', { name: 'Request', exact: true }).click();
  assert.ok((await result(page).textContent()).includes(`trace=${bot_id}`));
  await fillJson(page, { bot_id: '{{ bot_id }}', is_published: false, 'query:prompt': 'Hi {{bot_id}}' });
  await run(page);
  await page.getByRole('tab', { name: 'Request', exact: true }).click();
  assert.ok((await result(page).textContent()).includes(`/v1/bots/${bot_id}`));
  // Only a whole value is a variable, and the form keeps it.
  assert.match(await result(page).textContent(), /prompt=Hi(\+|%20)%7B%7Bbot_id%7D%7D/);
  assert.match(await page.getByLabel('Values').inputValue(), /"\{\{ bot_id \}\}"/);
  await fillJson(page, { bot_id, connector_id: '{{dataset_id}}' });
  await page.keyboard.press('Control+Enter');
  await page.getByText('No ID is chosen for {{dataset_id}}.').waitFor();
});

browserTest('IDs fill in JSON, and text that is not JSON comes back', async (page) => {
  const { bot_id } = (await state(page)).defaults;
  await open(page, 'bots.retrieve');
  await fillJson(page, {});
  await page.getByLabel('Values').fill('{"bot_id": ');
  await page.getByRole('button', { name: 'IDs', exact: true }).click();
  const own = page.getByRole('dialog').first();
  await own.getByRole('button', { name: 'Choose… bot_id' }).click();
  await page.locator('.id-choice', { hasText: bot_id }).click();
  await own.getByRole('button', { name: 'Close' }).click();
  assert.deepEqual(JSON.parse(await page.getByLabel('Values').inputValue()), { bot_id });
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await page.getByLabel('Values').inputValue(), '{"bot_id": ');
});

for (const [operation, name, list, needs] of [
  ['workflows.retrieve', 'workflow_id', 'workflows.list'],
  ['conversations.retrieve', 'conversation_id', 'conversations.list', 'conversations.create'],
])
  browserTest(`${name} is chosen from ${list}`, async (page) => {
    const { bot_id } = (await state(page)).defaults;
    if (needs) await call(page, needs, { bot_id });
    await open(page, operation);
    await field(page, name).getByRole('button', { name: 'Choose…' }).click();
    await page.getByText(`From ${list}.`).waitFor();
    const choice = page.getByRole('dialog').locator('.id-choice').first();
    const text = await choice.textContent();
    await choice.click();
    const id = await input(page, name).inputValue();
    assert.ok(/^\d{6,}$/.test(id) && text.endsWith(id), `${text} ${id}`);
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
