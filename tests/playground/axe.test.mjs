// Tests of accessibility: axe-core has no finding of any level on any view.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { browserTest, fillJson, open, origin, run } from './harness.mjs';

const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** Returns the findings of axe-core on the page as it is. */
async function findings(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
    );
  });
}

for (const [name, options] of [
  ['a wide screen', {}],
  ['a dark screen in Chinese', { colorScheme: 'dark', locale: 'zh-CN' }],
  ['a narrow screen', { viewport: { width: 390, height: 800 } }],
]) {
  browserTest(
    `axe-core has no finding on ${name}`,
    async (page) => {
      const check = async (view) => assert.deepEqual(await findings(page), [], view);
      await open(page, 'bots.create');
      await run(page);
      await check('bots.create');
      await page.locator('.result [role=tab]').nth(1).click();
      await check('the reading');
      await open(page, 'chat.create');
      await run(page);
      await check('chat.create');
      await open(page, 'bots.retrieve');
      if (!options.locale) {
        await fillJson(page, { bot_id: '1' });
        await run(page, 'failed');
        await check('an error');
      }
      await page.locator('.backend').click();
      await page.getByRole('dialog').waitFor();
      await check('the dialog');
      await page.keyboard.press('Escape');
      await page.goto(`${origin}/#/chat`);
      await page.locator('.greeting').waitFor();
      await page.locator('#chat-input').fill('Hi [answer Hello.] [suggest What else?]');
      await page.keyboard.press('Enter');
      await page.locator('.turn[data-phase="done"]').waitFor();
      await check('chat');
    },
    options,
  );
}
