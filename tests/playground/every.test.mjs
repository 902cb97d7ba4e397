// Runs every operation with its example.

import assert from 'node:assert/strict';
import { browserTest, operations } from './harness.mjs';

browserTest(
  'every operation runs with its example and has samples',
  async (page) => {
    const runs = await page.evaluate(
      async (operations) => {
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
