import { z } from 'zod';
import { streamName } from '../../events/streams.ts';
import { type TimelineEntry, timelineOf } from '../../history/timeline.ts';
import type { ImportView } from '../../projections/views.ts';
import type { Caller } from '../in/authenticate.ts';
import { charactersIn } from '../in/characters-in.ts';
import { conditionalAnswer } from '../out/etag.ts';
import { noSuchImport } from '../out/problem.ts';
import { renderList } from '../out/render-list.ts';
import { renderTimelineEntry } from '../out/render-timeline.ts';
import { ownEvents } from '../own-events.ts';
import { route } from '../route.ts';
import { IMPORT_EVENTS, importEventSchema } from './event-schemas.ts';
import { importInPath } from './import-schema.ts';

/** Reads the log itself. Operators see every import and every detail. Others see their own imports, without details of other persons. */
export const importEvents = route({
  id: 'listImportEvents',
  tag: 'Imports',
  method: 'GET',
  path: '/api/v1/imports/:id/events',
  access: 'caller',
  summary: 'List the events of an import',
  description:
    'The events of an import, oldest first, each with its changes, read from the event log itself. Only the caller who caused an event, and ' +
    'operators, see who caused it and in which request. For others, these members are null. A session token of a user whose role is operator ' +
    'sees the events of the imports of every organization.',
  inPath: importInPath,
  answers: {
    200: {
      description: 'The events of the import.',
      body: z.array(importEventSchema).min(1),
      headers: ['ETag'],
      examples: IMPORT_EVENTS,
    },
  },
  problems: ['not-found', 'deleted'],
  async handle({ ctx, state, caller, inPath: { id } }, { log, readModel, inZone }) {
    state.importId = id;
    const events = caller.isOperator
      ? await log.readStream(streamName('import', id))
      : await ownEvents({ log, readModel }, 'import', caller.organizationId, id);
    await state.large.enterIfLarge(charactersIn(events));
    await state.share.resume();
    const timeline = timelineOf(events);
    if (timeline.length === 0 || !maySee(caller, timeline)) throw noSuchImport();
    const text = await renderList(ctx, timeline, (entry) => renderTimelineEntry(entry, caller, inZone));
    return conditionalAnswer(ctx, text);
  },
});

function maySee({ isOperator, organizationId, abilities }: Caller, timeline: readonly TimelineEntry[]): boolean {
  const view = timeline.at(-1)?.stored?.view as ImportView | undefined;
  // Even if the first event cannot be folded, its metadata says which organization it belongs to.
  const organization = view?.organization_id ?? timeline[0]?.details.organizationId;
  return isOperator || (organization === organizationId && abilities.on(view?.album_id ?? null));
}
