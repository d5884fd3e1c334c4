import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

/**
 * The folder of a build, which is made once for each state of its sources.
 * @param name the name of the build, for its folder
 * @param source the folder of the sources, and the files that count
 * @param build makes the build in the folder that it gets
 */
export async function builtOnce(
  name: string,
  source: { readonly folder: string; readonly files: readonly string[] },
  build: (into: string) => Promise<unknown>,
): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const file of source.files) hash.update(readFileSync(join(source.folder, file)));
  const folder = join(CACHE, name, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  // Built next to its place and then moved there, so that a second run does not start a half-written build.
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  await build(unfinished);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another run was first.
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
  return folder;
}
