import { importDecider } from '../../../commands/import.ts';
import type { ImportCommand } from '../../../commands/import-command.ts';
import { unchangedSince } from '../../../commands/unchanged.ts';
import { streamName } from '../../../events/streams.ts';
import { fold } from '../../../projections/fold-stream.ts';
import type { Stored } from '../../../projections/queries.ts';
import { callersContext } from '../../command-context.ts';
import { statusOf } from '../../import-status.ts';
import type { Answer } from '../../out/answer.ts';
import { isAsExpected } from '../../out/etag.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { preconditionFailed } from '../../out/problem.ts';
import { renderStatus } from '../../out/render-status.ts';
import { presentImport } from '../../present-import.ts';
import type { Asked } from '../../route.ts';
import type { Services } from '../../services.ts';

/**
 * Takes a caller's command to an import, and answers with where it stands then.
 * @throws {CommandRefused | LogUnavailable | WrongExpectedRevision}
 * @throws {Problem} 404, 412; 503 if its turn does not come
 */
export async function onImport(
  { ctx, state, caller, inPath: { id } }: Asked<'caller', object, { readonly id: string }>,
  services: Services,
  command: ImportCommand,
): Promise<Answer> {
  state.importId = id;
  const { revision, tag } = statusOf(await presentImport(services, caller, id), services);
  const ifMatch = ctx.headers['if-match'];
  if (!isAsExpected(ifMatch, tag)) throw preconditionFailed('The import is in another state than If-Match names.');
  const context = callersContext(state, caller);
  const stream = streamName('import', id);
  const course = { beforeProjecting: () => state.share.resume() };
  await state.share.resume();
  const { view, history } = await state.share.write(() =>
    ifMatch === undefined
      ? services.execute(importDecider, stream, command, context, course)
      : services.execute(unchangedSince(importDecider, revision), stream, command, context, course),
  );
  const now = (view ?? fold('import', id, history)) as Stored<'import'>;
  const after = statusOf(now, services);
  return jsonAnswer(renderStatus(after.status, null, services.inZone), [['ETag', after.tag]]);
}
