import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Copies the program into a folder, to be changed there and run, as another version of it.
 * @param change replaces one text of one file by another
 */
export function copyProject(folder: string, change: { file: string; text: string; by: string }): void {
  cpSync(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  // Package by package: what the copy caches there is its own.
  const packages = join(ROOT, 'node_modules');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(packages)) {
    if (!name.startsWith('.')) symlinkSync(join(packages, name), join(folder, 'node_modules', name));
  }
  const file = join(folder, change.file);
  const before = readFileSync(file, 'utf8');
  if (!before.includes(change.text)) throw new Error(`${change.file} has no "${change.text}"`);
  writeFileSync(file, before.replace(change.text, change.by));
}
