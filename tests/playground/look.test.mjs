// Tests of languages, themes, narrow screens and accessibility; also creates the screenshots of the
// documentation.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { browserTest, fillJson, open, operations, result, run, state } from './harness.mjs';

const docs = (name) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

browserTest('the language is switched and remembered', async (page) => {
  await open(page, 'bots.create');
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { level: 1, name: '创建智能体' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'English');
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  for (const tab of ['请求参数', '响应参数', '运行记录'])
    await page.getByRole('tab', { name: tab }).click();
  await page.getByRole('tab', { name: '请求参数' }).click();
  await run(page);
  await page.locator('.chip', { hasText: '成功' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: '创建智能体' }).waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { level: 1, name: 'Create a bot' }).waitFor();
});

browserTest('switching the language keeps values and the result', async (page) => {
  await open(page, 'bots.create');
  await page.locator('.field[data-name="name"] input').first().fill('Ada');
  await run(page);
  await page.getByRole('button', { name: '中文' }).click();
  assert.equal(await page.locator('.field[data-name="name"] input').first().inputValue(), 'Ada');
  assert.match(await result(page).textContent(), /bot_id/);
});

browserTest('both languages have all texts', async (page) => {
  const [en, zh] = await page.evaluate(async () => [
    (await globalThis.moduleOf('en')).default,
    (await globalThis.moduleOf('zh')).default,
  ]);
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const [key, text] of Object.entries(en)) {
    const slots = (each) => (each.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(slots(zh[key]), slots(text), key);
  }
  for (const { id } of await operations(page))
    assert.ok(en[`group.${id.split('.')[0]}`], `no name for the group of ${id}`);
});

browserTest(
  'a Chinese browser gets the Chinese page',
  async (page) => {
    await page.getByRole('searchbox', { name: '搜索接口' }).waitFor();
  },
  { locale: 'zh-CN' },
);

browserTest('the theme follows the system or the selection', async (page) => {
  const light = await background(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background(page);
  assert.notEqual(dark, light);
  await page.getByLabel('Theme').selectOption('light');
  assert.equal(await background(page), light);
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await background(page), light);
});

browserTest('a change survives a reload that is faster than its request', async (page) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.route('**/*', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.continue(),
  );
  const dark = await background(page);
  await page.getByLabel('Theme').selectOption('light');
  const light = await background(page);
  assert.notEqual(light, dark);
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await background(page), light);
});

/** Returns the elements whose text contrast is below WCAG AA. */
const lowContrast = (page) =>
  page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) =>
      [r, g, b]
        .map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
      for (let up = element; up; up = up.parentElement) {
        const color = rgba(getComputedStyle(up).backgroundColor);
        if (color[3] === 255) return color;
      }
      return [255, 255, 255];
    };
    const found = new Set();
    for (const element of document.querySelectorAll('#app *')) {
      const text = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim(),
      );
      if (!text || !element.checkVisibility() || element.closest(':disabled, .offscreen')) continue;
      const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))].sort(
        (x, y) => y - x,
      );
      const contrast = (a + 0.05) / (b + 0.05);
      if (contrast < 4.5)
        found.add(`${element.tagName}.${element.className} ${contrast.toFixed(2)}`);
    }
    return [...found];
  });

for (const colorScheme of ['light', 'dark']) {
  browserTest(
    `text has sufficient contrast: ${colorScheme}`,
    async (page) => {
      await open(page, 'chat.create');
      await run(page);
      assert.deepEqual(await lowContrast(page), []);
    },
    { colorScheme },
  );
}

browserTest('interactive elements have accessible names', async (page) => {
  const nameless = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('button, a[href], input, select, textarea, [role=tab], audio')]
        .filter(
          (each) =>
            each.checkVisibility() &&
            !each.labels?.length &&
            !each.getAttribute('aria-label') &&
            !each.getAttribute('aria-labelledby') &&
            !each.textContent.trim(),
        )
        .map((each) => each.outerHTML.slice(0, 120)),
    );
  for (const id of ['bots.create', 'chat.create', 'files.upload', 'datasets.documents.create']) {
    await open(page, id);
    assert.deepEqual(await nameless(), [], id);
  }
  await page.goto(`${new URL(page.url()).origin}/#/chat`);
  await page.getByText('Send a message to the bot.').waitFor();
  assert.deepEqual(await nameless(), []);
});

browserTest(
  'narrow screens have one column and drawers',
  async (page) => {
    await open(page, 'bots.create');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    const search = page.getByRole('searchbox');
    assert.equal(await search.isVisible(), false);
    await page.getByRole('button', { name: 'Operations' }).click();
    await search.waitFor();
    await page.keyboard.press('Escape');
    await search.waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => document.activeElement.className), 'quiet icon menu');
    await page.keyboard.press('Enter');
    await search.fill('users.me');
    await page.locator('.operations a').first().click();
    await page.waitForURL('**/#/operation/users.me');
    await search.waitFor({ state: 'hidden' });
    await page.locator('.bottom-bar').getByRole('button', { name: 'Run' }).click();
    await page.locator('.chip[data-phase="ok"]').waitFor();
    await result(page).locator('.body-text').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await result(page).waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Chat' }).click();
    await page.getByText('Send a message to the bot.').waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  },
  { viewport: { width: 400, height: 800 } },
);

if (process.env.SCREENSHOTS) {
  const shot = (name, options, body) =>
    browserTest(
      `screenshot ${name}`,
      async (page) => {
        const { defaults } = await state(page);
        await open(page, 'chat.create');
        await fillJson(page, {
          bot_id: defaults.bot_id,
          user_id: 'ada',
          additional_messages: [
            {
              role: 'user',
              type: 'question',
              content:
                'Where is the nearest tea house? [answer Two streets down, next to the old library. It opens at nine.]',
              content_type: 'text',
            },
          ],
        });
        await page.getByRole('button', { name: 'JSON', exact: true }).click();
        await run(page);
        await body?.(page);
        await page.locator('.sample', { hasText: 'Client::builder' }).waitFor();
        await page.locator('.middle').evaluate((each) => each.scrollTo(0, 0));
        await page.screenshot({ path: docs(name) });
      },
      options,
    );
  shot('playground.png', {});
  browserTest('screenshot playground-chat.png', async (page) => {
    await page.goto(`${new URL(page.url()).origin}/#/chat`);
    await page.locator('.greeting').waitFor();
    await page.locator('.composer input[type=file]').setInputFiles([
      { name: 'menu.txt', mimeType: 'text/plain', buffer: Buffer.from('Green tea 12, black tea 9') },
    ]);
    await page.locator('.attachment:not(:has(.spinner))').waitFor();
    const table = '| tea | price |\n|---|---:|\n| Green tea | 12 |\n| Black tea | 9 |';
    const answer = `The menu has **two** teas:\n\n${table}\n\nBoth are served until *six*.`;
    const question = 'Which teas are on the menu?';
    // The directives of the mock are not part of the picture. The message is JSON inside of JSON.
    const directives = `${question} [answer ${answer}] [suggest Is there cake?]`;
    const escaped = (text) => JSON.stringify(text).slice(1, -1);
    await page.route('**/api/call', (route) => {
      const postData = route.request().postData();
      return route.continue({ postData: postData.replace(question, () => escaped(escaped(directives))) });
    });
    await page.locator('#chat-input').fill(question);
    await page.keyboard.press('Enter');
    await page.locator('.turn[data-phase="done"]').waitFor();
    await page.locator('.timeline summary').click();
    await page.screenshot({ path: docs('playground-chat.png') });
  });
  shot('playground-dark-zh.png', { colorScheme: 'dark' }, async (page) => {
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('button', { name: 'English' }).waitFor();
  });
}
