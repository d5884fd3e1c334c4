import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** What makes views of events, beside the view functions themselves: the files whose names end in `-view.ts`. */
const OTHER_SOURCES = [
  'projections/fold.ts',
  'projections/views.ts',
  'events/decode.ts',
  'events/event-types.ts',
  'events/json.ts',
  'events/streams.ts',
];

const SOURCE = new URL('../../', import.meta.url);

/**
 * A fingerprint of what the views of a log come out by: the log, and the source text of what makes views of its events. A version that was
 * begun under another one is not gone on with: it would mix what two programs made.
 */
export function madeBy(log: { readonly id: string }): string {
  const viewFunctions = readdirSync(new URL('projections/', SOURCE))
    .filter((name) => name.endsWith('-view.ts'))
    .map((name) => `projections/${name}`);
  const hash = createHash('sha256').update(log.id);
  for (const path of [...viewFunctions.sort(), ...OTHER_SOURCES]) {
    const bytes = readFileSync(new URL(path, SOURCE));
    hash.update(`\n${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}
