import { streamName } from '../../../events/streams.ts';
import { connectionOf, ofStream } from '../../changes.ts';
import { hasEnded, statusOf, type TaggedStatus } from '../../import-status.ts';
import { AccessDenied } from '../../in/access-denied.ts';
import type { Caller } from '../../in/authenticate.ts';
import { waitIn } from '../../in/prefer.ts';
import type { Answer } from '../../out/answer.ts';
import { answerTagged, isKnown } from '../../out/etag.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { renderStatus } from '../../out/render-status.ts';
import { ownImport } from '../../own-import.ts';
import { presentImport } from '../../present-import.ts';
import { type Asked, route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { importInPath } from '../import-schema.ts';
import { importStatusSchema } from './status-schema.ts';

type AskedStatus = Asked<'caller', object, { readonly id: string }>;

/** Where an import stands: at once, or as soon as that changes. */
export const showImportStatus = route({
  id: 'showImportStatus',
  tag: 'Imports',
  method: 'GET',
  path: '/api/v1/imports/:id/status',
  access: 'caller',
  forWorkers: true,
  summary: 'Show where an import stands',
  description: `What has become of the import, why, and when it goes on.

With \`Prefer: wait=30\` the answer waits for the next change, for 30 seconds at most: for a change since now, or, with \`If-None-Match\`, since that tag. If nothing changed, it is 200, or 304 with \`If-None-Match\`. If the import has ended, the answer comes at once.

The \`ETag\` names the state of the import. \`bytes_received\` and \`bytes_expected\` do not change it. Send it as \`If-Match\` to cancel or retry the import only if nothing has happened since.`,
  inPath: importInPath,
  headers: ['Prefer'],
  answers: {
    200: { description: 'Where it stands.', body: importStatusSchema, headers: ['ETag', 'Preference-Applied'] },
  },
  problems: ['not-found'],
  async handle(asked, services) {
    const { ctx, state, caller, inPath } = asked;
    state.importId = inPath.id;
    const waitSeconds = waitIn(ctx.headers.prefer);
    if (waitSeconds > 0) return whenChanged(asked, services, waitSeconds);
    const found = statusOf(await ownImport(services, caller, inPath.id), services);
    await state.share.resume();
    return answer(asked, services, found);
  },
});

async function whenChanged(asked: AskedStatus, services: Services, waitSeconds: number): Promise<Answer> {
  const { ctx, state, caller, inPath } = asked;
  const signal = services.streams.enter(caller.name, ctx.req, ctx.res);
  // It looks after it has begun to watch, so that nothing is missed between.
  const topics = [ofStream(streamName('import', inPath.id)), connectionOf(caller.organizationId)];
  const watch = await services.changes.watch(topics);
  try {
    const deadlineMs = performance.now() + waitSeconds * 1_000;
    let found = await look(services, caller, inPath.id);
    const { tag } = found;
    const ifNoneMatch = ctx.headers['if-none-match'] ?? tag;
    while (isKnown(ifNoneMatch, found.tag) && !hasEnded(found.status) && !signal.aborted) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) break;
      await watch.next(leftMs, signal);
      await state.share.resume();
      found = await look(services, caller, inPath.id);
    }
    if (!(await services.authenticator.mayGoOn(caller))) throw new AccessDenied('rights_ended');
    const applied = [['Preference-Applied', `wait=${waitSeconds}`]] as const;
    return { ...(await answer(asked, services, found, applied)), hasWaited: true };
  } finally {
    watch.end();
  }
}

async function look(services: Services, caller: Caller, id: string): Promise<TaggedStatus> {
  return statusOf(await presentImport(services, caller, id), services);
}

function answer(
  { ctx, inPath }: AskedStatus,
  { importer, inZone }: Services,
  { status, tag }: TaggedStatus,
  further: Answer['further'] = [],
): Promise<Answer> {
  const bytes = status.status === 'running' ? importer.progressOf(inPath.id) : null;
  const json = () => jsonAnswer(renderStatus(status, bytes, inZone), [['ETag', tag], ...further]);
  return answerTagged(ctx, tag, json, further);
}
