import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Copies the program into a folder and changes the copy, to run it as another release.
 * @param changes each replaces one text of one file
 */
export function copyProject(
  folder: string,
  changes: readonly { readonly file: string; readonly text: string; readonly by: string }[],
): void {
  cpSync(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  // Package by package, so that the copy has its own caches there.
  const packages = join(ROOT, 'node_modules');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(packages)) {
    if (!name.startsWith('.')) symlinkSync(join(packages, name), join(folder, 'node_modules', name));
  }
  for (const { file, text, by } of changes) {
    const path = join(folder, file);
    const before = readFileSync(path, 'utf8');
    if (!before.includes(text)) throw new Error(`${file} has no "${text}"`);
    writeFileSync(path, before.replace(text, by));
  }
}
