import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program of this name can be run. */
export function onPath(program: string): boolean {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  return places.some((place) => existsSync(place) && statSync(place).isFile());
}
