import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from 'koa';
import { stopIfGone } from './caller-gone.ts';

/** So many characters are rendered at one go; an item may have over a million. */
const CHARACTERS_A_TURN = 250_000;

/**
 * A JSON array of items, rendered one by one: between large ones, other requests get their turn.
 * @param render gives an item's JSON text
 * @throws {Problem} the caller has gone: nobody waits for the rest
 */
export async function renderList<T>(ctx: Context, items: readonly T[], render: (item: T) => string): Promise<string> {
  const rendered: string[] = [];
  let characters = 0;
  for (const item of items) {
    if (characters >= CHARACTERS_A_TURN) {
      characters = 0;
      await nextTurn();
    }
    stopIfGone(ctx.req);
    const text = render(item);
    rendered.push(text);
    characters += text.length;
  }
  // What is done with the whole of a large text takes its time too.
  if (characters >= CHARACTERS_A_TURN) await nextTurn();
  return `[${rendered.join(',')}]`;
}
