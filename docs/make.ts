import { readFileSync, writeFileSync } from 'node:fs';
import { madeOfCommands } from './made-of-commands.ts';
import { madeOfEvents } from './made-of-events.ts';

/** `npm run docs`: writes what follows from the source into these pages, below the words that people wrote. */

const BELOW = '<!-- Everything below is made by `npm run docs`. -->\n';

/** What makes the lower part of each page. */
export const MADE: { readonly [page: string]: () => string | Promise<string> } = {
  'cli.md': madeOfCommands,
  'events.md': madeOfEvents,
};

const fileOf = (page: string) => new URL(page, import.meta.url);

/** The page as it is. */
export function pageNow(page: string): string {
  return readFileSync(fileOf(page), 'utf8');
}

/** The page as it should be. */
export async function madePage(page: string): Promise<string> {
  const [written] = pageNow(page).split(BELOW);
  return [written, BELOW, await MADE[page]?.()].join('');
}

if (import.meta.main) for (const page of Object.keys(MADE)) writeFileSync(fileOf(page), await madePage(page));
