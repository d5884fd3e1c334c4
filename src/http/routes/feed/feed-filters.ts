import { z } from 'zod';
import { placeIn, TIMES } from '../../../history/place-text.ts';
import type { Naming } from '../../../subscribers/cloud-event.ts';
import type { Selection } from '../../../subscribers/feed/selection.ts';
import { namesByType } from '../../../subscribers/known-types.ts';
import { limit, parameter, parsed, withPlus } from '../../in/query-values.ts';
import { malformed } from '../../out/problem.ts';

const time = parsed((text) => {
  const place = placeIn(withPlus(text));
  return place !== null && 'timeMs' in place ? place.timeMs : null;
}, `takes ${TIMES}.`);

/** The parameters of the feed. */
export const feedFilters = z
  .object({
    after: parameter(
      z.string().optional(),
      'The cursor to go on after: that of the last event that you have, or of the `Link` header.',
    ),
    since: parameter(
      time.optional(),
      'Begins at or before the first event of this time, never after it. The first page may have earlier events.',
      '2019-04-08T19:38:58.041+02:00',
    ),
    limit,
    type: parameter(
      z.string().optional(),
      'Only events of this type, or of several, separated by commas.',
      'import-api.import.requested',
    ),
    subject: parameter(
      z
        .uuid({ error: 'takes the id of an import or a webhook, such as 3d172b54-f40f-4df9-9342-0b042fac5382.' })
        .toLowerCase()
        .optional(),
      'Only events of this import, of this webhook, or of the connection of this organization.',
      '3d172b54-f40f-4df9-9342-0b042fac5382',
    ),
    album_id: parameter(z.string().optional(), 'Only events of this album.', '5005800000HEXCtAAP'),
  })
  .refine(({ after, since }) => after === undefined || since === undefined, {
    error: 'and after exclude each other: send one of them.',
    path: ['since'],
  });

/**
 * Which events the parameters ask for.
 * @throws {Problem} 400 that names the known types
 */
export function selectionIn({ type, subject, album_id }: z.output<typeof feedFilters>, naming: Naming): Selection {
  return {
    names: type === undefined ? null : namesIn(type, naming),
    subject: subject ?? null,
    albumId: album_id ?? null,
  };
}

function namesIn(types: string, naming: Naming): ReadonlySet<string> {
  const known = namesByType(naming);
  return new Set(
    types.split(',').map((type) => {
      const name = known.get(type.trim());
      if (name === undefined)
        throw malformed(`type takes ${[...known.keys()].join(', ')}, or several of them, separated by commas.`);
      return name;
    }),
  );
}
