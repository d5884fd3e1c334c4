import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';

const NAMES = ['copyFile', 'link', 'open', 'readdir', 'rename', 'rm', 'stat', 'unlink', 'utimes'] as const;

type Call = (...args: unknown[]) => Promise<unknown>;

/**
 * Does some works with a file system whose calls take so long as chance says, as they do if several processes compete. A `utimes` first finds the
 * file, and changes its time later: meanwhile it may have been moved.
 * @param random gives numbers from 0 to 1
 * @param instead what some calls do instead
 * @param works begin one after the other, as chance says
 */
export async function interleaved<T>(
  random: () => number,
  instead: { readonly [name in (typeof NAMES)[number]]?: Call },
  works: readonly (() => Promise<T>)[],
): Promise<T[]> {
  const usual = { ...fs };
  const pause = async (most = 5) => {
    for (let turns = Math.floor(random() * most); turns > 0; turns -= 1) await nextTurn();
  };
  const utimes: Call = async (path, accessed, modified) => {
    const handle = await usual.open(path as string, 'r+');
    // So long that another one moves the file and looks at its time.
    await pause(80);
    await handle.utimes(accessed as Date, modified as Date);
    await handle.close();
  };
  for (const name of NAMES) {
    const call = instead[name] ?? (name === 'utimes' ? utimes : (usual[name] as unknown as Call));
    Object.assign(fs, {
      async [name](...args: unknown[]) {
        await pause();
        const result = await call(...args);
        await pause();
        return result;
      },
    });
  }
  syncBuiltinESMExports();
  try {
    return await Promise.all(works.map((work) => pause(100).then(work)));
  } finally {
    Object.assign(fs, usual);
    syncBuiltinESMExports();
  }
}
