import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from 'koa';
import { stopIfGone } from '../in/caller-gone.ts';

/** How many characters are rendered without a pause. An item may have over a million. */
const CHARACTERS_A_TURN = 250_000;

/**
 * A JSON array of items, rendered piece by piece. Between large pieces, other requests get their turn.
 * @param render gives the pieces of an item's JSON text
 * @throws {Problem} if the caller has gone, since nobody waits for the rest
 */
export async function renderList<T>(
  ctx: Context,
  items: readonly T[],
  render: (item: T) => readonly string[] | Generator<string>,
): Promise<string> {
  const rendered: string[] = [];
  let characters = 0;
  for (const item of items) {
    stopIfGone(ctx.req);
    rendered.push(rendered.length === 0 ? '[' : ',');
    for (const piece of render(item)) {
      rendered.push(piece);
      characters += piece.length;
      if (characters < CHARACTERS_A_TURN) continue;
      characters = 0;
      await nextTurn();
      stopIfGone(ctx.req);
    }
  }
  return items.length === 0 ? '[]' : `${rendered.join('')}]`;
}
