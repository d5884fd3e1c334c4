import type { Progress } from '../../operations/backup/progress.ts';
import type { ShippingParts } from '../../operations/backup/shipping.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { DifferencesFound } from '../outcomes.ts';

/** So many missing images are named at the terminal. */
const MOST_NAMED = 20;

/** Names the first images that cannot be had. @param what of them */
export function namesSome(say: Context['say'], what = 'is not in the backup'): ShippingParts['onMissing'] {
  let named = 0;
  return ({ stream, id, reason }) => {
    named += 1;
    if (named <= MOST_NAMED) say(`Image ${id} of ${stream} ${what}: ${reason}.`);
    if (named === MOST_NAMED) say('More of them are counted, and not named here.');
  };
}

/**
 * Says what was added, and what the backup has.
 * @param begun what it had before
 * @throws {DifferencesFound} it lacks bytes of images
 */
export async function tell(
  progress: Progress | null,
  begun: Progress | null,
  address: string,
  json: boolean,
  context: Context,
): Promise<void> {
  if (json && progress !== null) {
    const { up_to, events, images, at } = progress;
    await context.write(
      `${JSON.stringify({ to: address, up_to, events, images: images.kept, missing: images.missing, at })}\n`,
    );
  }
  const added = (progress?.events ?? 0) - (begun?.events ?? 0);
  context.say(`Added ${counted(added, 'event')}. ${whatItHas(progress, address)}`);
  const missing = progress?.images.missing ?? 0;
  if (missing > 0) {
    throw new DifferencesFound(`${counted(missing, 'image')} could not be had: missing.json in ${address} names them.`);
  }
}

/** In a sentence. */
export function whatItHas(progress: Progress | null, address: string): string {
  if (progress === null) return `${address} has nothing yet.`;
  const { events, up_to, images } = progress;
  return `${address} has ${counted(events, 'event')}, up to position ${up_to}, and ${counted(images.kept, 'image')}.`;
}
