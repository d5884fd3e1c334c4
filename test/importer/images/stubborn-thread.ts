import { parentPort } from 'node:worker_threads';
import type { LookOutcome } from '../../../src/importer/images/look-thread.ts';
import type { ThreadProgram } from '../../../src/machine/start-thread.ts';

/** The program of a thread that looks at images and does what their names say. */

export const program: ThreadProgram<null> = { url: import.meta.url, run };

export function run(): void {
  parentPort?.on('message', (path: string) => {
    if (path === 'hangs') for (;;);
    if (path === 'fills the memory') {
      for (const kept: unknown[] = []; ; ) kept.push(Array.from({ length: 1_000_000 }, () => 0.5));
    }
    if (path === 'throws') throw new Error('a fault');
    const look = { format: 'png', contentType: 'image/png', width: 1, height: 1 } as const;
    parentPort?.postMessage({ look } satisfies LookOutcome);
  });
  parentPort?.postMessage('begun');
}
