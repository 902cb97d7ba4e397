// Tests of the token that is entered in the page, and of the questions below the first steps.

import assert from 'node:assert/strict';
import { browserTest, open, result, run, serve, url } from './harness.mjs';

const TOKEN = 'pat_entered_in_the_page';
const base_url = await serve(['mock']);
const host = new URL(base_url).host;

const dialog = (page) => page.getByRole('dialog');

/** Enters the token in the dialog, for the API of the tests. */
async function enter(page, { profile = '', address = base_url } = {}) {
  await dialog(page).getByLabel('Token', { exact: true }).fill(TOKEN);
  await dialog(page).getByLabel('Platform').selectOption('Another address');
  await dialog(page).getByLabel('API address').fill(address);
  await dialog(page).getByLabel('Save as profile').fill(profile);
  await dialog(page).getByRole('button', { name: 'Use this token' }).click();
}

browserTest('a token is entered in the page, used, and forgotten', async (page) => {
  const texts = [];
  await page.route('**/api/**', async (route) => {
    const response = await route.fetch();
    texts.push(await response.text());
    await route.fulfill({ response });
  });
  await page.goto(`${new URL(url).origin}/#/guide`);
  await page.getByRole('button', { name: 'Enter a token' }).click();
  await enter(page, { address: 'http://api.example.com' });
  await dialog(page).getByText(/would be sent to http:\/\/api.example.com unencrypted/).waitFor();
  await enter(page);
  await page.locator('.backend', { hasText: `Real API · ${host} · Entered token` }).waitFor();
  await open(page, 'bots.list');
  await page.getByRole('button', { name: 'Fill in example' }).click();
  await run(page);
  await page.getByRole('tab', { name: 'Request', exact: true }).click();
  await result(page).getByText('Bearer ***').waitFor();
  const stored = () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]);
  for (const text of [texts.join('\n'), await page.content(), await page.evaluate(stored)])
    assert.ok(!text.includes(TOKEN));
  await page.locator('.backend').click();
  await dialog(page).getByRole('button', { name: 'Local mock' }).click();
  await page.locator('.backend', { hasText: /^Local mock$/ }).waitFor();
  await page.locator('.backend').click();
  await dialog(page).getByRole('button', { name: 'Entered token', exact: true }).click();
  await page.locator('.backend', { hasText: 'Entered token' }).waitFor();
  await page.locator('.backend').click();
  await dialog(page).getByRole('button', { name: 'Forget: Entered token' }).click();
  await page.locator('.backend', { hasText: /^Local mock$/ }).waitFor();
  await page.locator('.backend').click();
  assert.equal(await dialog(page).getByRole('button', { name: 'Entered token', exact: true }).count(), 0);
});

browserTest('an entered token is saved as a profile, which the page switches to', async (page) => {
  await page.locator('.backend').click();
  await dialog(page).getByText('Enter a token', { exact: true }).click();
  await enter(page, { profile: 'mine' });
  await page.locator('.backend', { hasText: `Real API · ${host} · mine` }).waitFor();
  await page.locator('.backend').click();
  await dialog(page).getByText('Enter a token', { exact: true }).click();
  await enter(page, { profile: 'mine' });
  await dialog(page).getByText('there is a profile `mine` already').waitFor();
  await dialog(page).getByRole('button', { name: 'Local mock' }).click();
  await page.locator('.backend', { hasText: /^Local mock$/ }).waitFor();
});

browserTest('questions are answered: kinds of token, costs, samples, access from abroad', async (page) => {
  await page.goto(`${new URL(url).origin}/#/guide`);
  const answer = async (question) => {
    await page.getByText(question, { exact: true }).click();
    return page.locator('.faq details[open]').last().textContent();
  };
  const tokens = await answer('Which kind of token do I need?');
  for (const kind of ['Personal access token', 'Service access token', 'JWT', 'web', 'PKCE', 'device code'])
    assert.ok(tokens.includes(kind), kind);
  const links = page.locator('.faq details').first().getByRole('link');
  assert.deepEqual(
    await links.evaluateAll((all) => all.map(({ href }) => href)),
    ['oauth/pats', 'oauth/apps'].flatMap((path) =>
      ['cn', 'com'].map((region) => `https://www.coze.${region}/open/${path}`),
    ),
  );
  for (const [question, part] of [
    ['Is the playground free of charge?', 'quota and bill'],
    ['Why does a sample not use the official SDK, or why is there none?', 'HTTP client'],
    ['Can I use it from abroad?', 'separate platforms'],
    ['Where does my token go?', 'Only to the local server'],
  ])
    assert.ok((await answer(question)).includes(part), question);
});

browserTest(
  'the form for a token is in Chinese, and fits narrow screens',
  async (page) => {
    await page.goto(`${new URL(url).origin}/#/guide`);
    for (const each of await page.locator('.faq summary').all()) await each.click();
    const width = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok((await width()) <= 0);
    await page.getByRole('button', { name: '输入令牌' }).click();
    await dialog(page).getByLabel('令牌', { exact: true }).waitFor();
    assert.ok((await width()) <= 0);
    assert.ok(await dialog(page).evaluate((each) => each.scrollWidth <= each.clientWidth));
  },
  { locale: 'zh-CN', viewport: { width: 390, height: 800 } },
);
