import { z } from 'zod';
import { EXAMPLE_ORGANIZATION, organizationId, type PublicEvent, textOrNull } from './public-event.ts';

/** What subscribers see of how their Salesforce is reached: whether it is asked. How it is reached is between them and the operators. */

const ofConnection = {
  id: z.uuid().meta({ description: 'The id of the connection, which is that of the organization.' }),
  organization_id: organizationId,
  album_id: textOrNull('Null: it is about the imports of all albums.'),
};

const EXAMPLE = { id: EXAMPLE_ORGANIZATION, organization_id: EXAMPLE_ORGANIZATION, album_id: null };

export const connectionPaused: PublicEvent<'ConnectionPaused'> = {
  name: 'connection.paused',
  version: 1,
  title: 'The connection to Salesforce is paused',
  description: 'Imports from Salesforce wait. No attempt of theirs is used up.',
  data: z
    .object({
      ...ofConnection,
      reason: z.enum(['connection_refused', 'limit_exceeded', 'source_unavailable', 'asked']).meta({
        description:
          '`connection_refused`: Salesforce refused the login. `limit_exceeded`: a limit of its API was reached. `source_unavailable`: it does not ' +
          'answer. `asked`: an operator paused it.',
      }),
      detail: textOrNull('The same in words; null if an operator paused it.'),
      until: z.iso
        .datetime({ precision: 3 })
        .nullable()
        .meta({ description: 'When it is asked again; null: when an operator resumes it, or changes the connection.' }),
    })
    .meta({
      examples: [
        {
          ...{ ...EXAMPLE, reason: 'limit_exceeded', detail: 'The API requests of 24 hours are used up.' },
          until: '2019-04-08T18:38:58.041Z',
        },
      ],
    }),
  dataOf({ data: { reason, detail, until }, metadata: { organization_id } }, id) {
    // An operator's words are for operators.
    return { id, organization_id, album_id: null, reason, detail: reason === 'asked' ? null : detail, until };
  },
};

export const connectionResumed: PublicEvent<'ConnectionResumed'> = {
  name: 'connection.resumed',
  version: 1,
  title: 'The connection to Salesforce is used again',
  description: 'It was paused before. Imports that wait for it are tried.',
  data: z.object(ofConnection).meta({ examples: [EXAMPLE] }),
  dataOf({ metadata: { organization_id } }, id) {
    return { id, organization_id, album_id: null };
  },
};
