// Starts the program whose path is an argument.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Runs a server during a function, which receives the first line of its output.
 * @param {string} program
 * @param {string[]} args
 * @param {(line: string) => Promise<void>} use
 */
export async function during(program, args, use) {
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: server.stdout });
    const [line] = await new Promise((resolve, reject) => {
      lines.once('line', (line) => resolve([line]));
      server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
    await use(line);
  } finally {
    server.kill();
  }
}
