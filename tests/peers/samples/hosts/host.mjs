// Runs JavaScript samples: a path per line of the input, and END with the error after the output
// of each.

import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

for await (const line of createInterface({ input: process.stdin })) {
  let error = '';
  try {
    await import(pathToFileURL(line).href);
  } catch (thrown) {
    error = thrown?.stack ?? String(thrown);
  }
  process.stdout.write(`\n\0END ${error}\0`);
}
