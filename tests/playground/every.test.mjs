// Runs every operation with its example.

import assert from 'node:assert/strict';
import { browserTest, operations } from './harness.mjs';

browserTest(
  'every operation runs with its example and has samples',
  async (page) => {
    const runs = await page.evaluate(
      async (operations) => {
        const { resetMock } = await globalThis.moduleOf('api');
        const frame = () => new Promise(requestAnimationFrame);
        const until = async (look) => {
          for (;;) {
            const found = look();
            if (found) return found;
            await frame();
          }
        };
        const runs = [];
        for (const { id } of operations) {
          // An example may delete what another one needs.
          await resetMock();
          location.hash = `#/operation/${id}`;
          await until(() => document.querySelector('.subtitle code')?.textContent === id);
          document.querySelector('.side .run').click();
          const end = await until(() =>
            document.querySelector(
              '.form-errors:not([hidden]), .status-bar .chip:not([data-phase=running])',
            ),
          );
          const sample = await until(() => document.querySelector('.sample').textContent);
          const middle = document.querySelector('.middle');
          runs.push({
            id,
            phase: end.dataset.phase ?? end.textContent,
            sampled: sample.includes('coze'),
            wide: middle.scrollWidth > middle.clientWidth,
            note: document.querySelector('.sample-note:not([hidden])')?.textContent ?? null,
          });
        }
        return runs;
      },
      await operations(page),
    );
    assert.ok(runs.length >= 100);
    for (const run of runs)
      assert.deepEqual(run, { id: run.id, phase: 'ok', sampled: true, wide: false, note: null });
  },
  { timeout: 240_000 },
);

browserTest(
  'the Chinese page has no English sentence outside of code',
  async (page) => {
    const found = await page.evaluate(
      async (operations) => {
        const frame = () => new Promise(requestAnimationFrame);
        const until = async (look) => {
          while (!look()) await frame();
        };
        // Three words in a row, which no name of a product or a protocol has.
        const sentence = /[A-Za-z]{2,}(?:[ ,]+[A-Za-z']{2,}){2,}/;
        const code = 'code, pre, textarea, input, option, .brand, .samples, .language';
        const texts = function* (root) {
          const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
          while (walker.nextNode())
            if (!walker.currentNode.parentElement.closest(code)) yield walker.currentNode.data;
          for (const each of root.querySelectorAll('[title], [aria-label], [placeholder]'))
            for (const name of ['title', 'aria-label', 'placeholder'])
              if (!each.closest('.samples')) yield each.getAttribute(name) ?? '';
        };
        const found = [];
        const collect = (id, root) => {
          for (const text of texts(root)) if (sentence.test(text)) found.push(`${id}: ${text}`);
        };
        collect('list', document.querySelector('.list'));
        for (const { id } of operations) {
          location.hash = `#/operation/${id}`;
          await until(() => document.querySelector('.subtitle code')?.textContent === id);
          for (const tab of document.querySelectorAll('.middle [role=tab]')) {
            tab.click();
            await frame();
            collect(id, document.querySelector('.middle'));
          }
        }
        return [...new Set(found)];
      },
      await operations(page),
    );
    assert.deepEqual(found, []);
  },
  { timeout: 120_000, locale: 'zh-CN' },
);
