import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { nullIfMissing } from '../errors/if-missing.ts';

/**
 * What a file has; null: it is missing. A pipe or a device in its place, which would never end, is refused.
 * @param mostBytes it never has more
 * @param bytes only the first so many, even if it has more than `mostBytes`
 */
export async function readRegularFile(
  path: string,
  mostBytes: number,
  bytes: number | null = null,
): Promise<Buffer | null> {
  // Without waiting for somebody at the other end of a pipe.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(nullIfMissing);
  if (handle === null) return null;
  try {
    const { size } = regular(path)(await handle.stat());
    if (bytes === null && size > mostBytes) throw new Error(`${path} has ${size} bytes, more than ${mostBytes}`);
    const buffer = Buffer.alloc(Math.min(bytes ?? size, size, mostBytes));
    let end = 0;
    for (let taken = -1; taken !== 0 && end < buffer.length; end += taken) {
      taken = (await handle.read(buffer, end, buffer.length - end, end)).bytesRead;
    }
    return buffer.subarray(0, end);
  } finally {
    await handle.close();
  }
}

/** Refuses what is no file. @throws {Error} with the reason */
export function regular(path: string): (found: Stats) => Stats {
  return (found) => {
    if (!found.isFile()) throw new Error(`${path} is no file, but a folder, a link, a pipe or a device`);
    return found;
  };
}
