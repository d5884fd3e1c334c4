import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { codeOf } from '../errors/code-of.ts';

/** Makes a folder for its owner alone, unless it is there. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}

/** Makes a file, or the names in a folder, durable. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Writes a text to a file that was just opened, makes its bytes durable, and closes it. Its name is durable after a `sync` of its folder. */
export async function writeAll(handle: FileHandle, text: string): Promise<void> {
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
