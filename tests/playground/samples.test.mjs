// Tests of sample code.

import assert from 'node:assert/strict';
import { browserTest, input, open, state } from './harness.mjs';

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
  assert.deepEqual(shown, ['curl', 'Go', 'Rust', 'Go', 'Rust']);
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

browserTest('every language has a sample, with the address of the mock', async (page) => {
  const { base_url } = await state(page);
  for (const [id, words] of [
    ['bots.create', ['bots()', '/v1/bot/create', 'cozepy', '@coze/api', 'java.net.http', 'net/http']],
    // Neither SDK has this operation, and the sample says so.
    ['databases.list', ['databases()', '/v1/databases', 'cozepy 0', '@coze/api 1', 'HttpClient', 'http.NewRequest']],
  ]) {
    await open(page, id);
    for (const [at, tab] of ['Rust', 'curl', 'Python', 'JavaScript', 'Java', 'Go'].entries()) {
      await page.locator('.samples').getByRole('tab', { name: tab, exact: true }).click();
      await sample(page).getByText(words[at]).first().waitFor();
      assert.ok((await sample(page).textContent()).includes(base_url), `${id} in ${tab}`);
    }
  }
});

browserTest('scenarios can be chosen, and a missing one is explained', async (page) => {
  await open(page, 'chat.create');
  const scenario = page.getByLabel('What the sample does');
  await sample(page).getByText('.text()').first().waitFor();
  assert.equal(await scenario.inputValue(), 'stream');
  await page.getByRole('tab', { name: 'Python' }).click();
  await scenario.selectOption({ label: 'Run client-side tools' });
  await sample(page).getByText('submit_tool_outputs').first().waitFor();
  await page.getByRole('tab', { name: 'curl' }).click();
  await sample(page).getByText('No sample in this language: curl only makes single requests').waitFor();
  await page.getByLabel('Stream the response').uncheck();
  await sample(page).getByText('/v3/chat/message/list').first().waitFor();
  assert.equal(await scenario.inputValue(), 'poll');
  await open(page, 'workflows.runs.stream');
  await scenario.selectOption({ label: 'Answer an interrupt and resume' });
  await page.getByRole('tab', { name: 'JavaScript' }).click();
  await sample(page).getByText('runs.resume').first().waitFor();
  await open(page, 'bots.list');
  await scenario.waitFor({ state: 'hidden' });
});

browserTest('an invalid form and a stopped server are told apart', async (page) => {
  await open(page, 'bots.create');
  await sample(page).getByText('bots()').first().waitFor();
  const answers = [
    (route) => route.fulfill({ status: 400, json: { message: 'name: not text' } }),
    (route) => route.abort(),
  ];
  await page.route('**/api/samples', (route) => answers.shift()(route));
  await input(page, 'name').fill('a');
  await page.getByText('The sample is updated once the form is valid: name: not text').waitFor();
  await input(page, 'name').fill('b');
  await page.getByText('The sample could not be updated: The local server does not respond.').waitFor();
});

browserTest('the sample depends on streaming', async (page) => {
  await open(page, 'chat.create');
  await sample(page).getByText('.stream()').first().waitFor();
  await page.getByLabel('Stream the response').uncheck();
  await page.waitForFunction(() => {
    const text = document.querySelector('.sample').textContent;
    return text.includes('.and_poll()') && !text.includes('.stream()');
  });
});
