// Takes pictures of every view and dialog, for a look at a change of the page, in the folder that
// PICTURES names; see `run.sh --pictures`. Without that option, it does not run.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { browserTest } from './harness.mjs';
import { tour } from './tour.mjs';

const { PICTURES } = process.env;
const HEIGHTS = { 1440: 900, 1024: 768, 390: 844 };

/** Returns the parts of the page that scroll, apart from those for code and data. */
const scrolls = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.page, .middle, .sdk-left, .sdk-right, dialog')].some(
      (each) => each.checkVisibility() && each.scrollHeight > each.clientHeight + 8,
    ),
  );

for (const [width, height] of Object.entries(HEIGHTS))
  for (const colorScheme of ['light', 'dark'])
    for (const locale of ['en-US', 'zh-CN']) {
      const viewport = { width: Number(width), height };
      const folder = join(PICTURES, `${width}-${colorScheme}-${locale}`);
      browserTest(
        `pictures at ${width} px, ${colorScheme}, ${locale}`,
        async (page) => {
          mkdirSync(folder, { recursive: true });
          let count = 0;
          await tour(page, async (view) => {
            count += 1;
            const name = `${String(count).padStart(2, '0')} ${view}`.replaceAll(/[^\w]+/g, '-');
            await page.screenshot({ path: join(folder, `${name}.png`) });
            if (!(await scrolls(page))) return;
            await page.setViewportSize({ width: viewport.width, height: 2400 });
            await page.screenshot({ path: join(folder, `${name}-tall.png`) });
            await page.setViewportSize(viewport);
          });
        },
        { viewport, colorScheme, locale, reducedMotion: 'reduce', timeout: 300_000 },
      );
    }
