import { statusOf } from '../../import-status.ts';
import type { Caller } from '../../in/authenticate.ts';
import type { Answer } from '../../out/answer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { conflict, type Problem } from '../../out/problem.ts';
import { renderStatus } from '../../out/render-status.ts';
import { presentImport } from '../../present-import.ts';
import type { Services } from '../../services.ts';

/** Where the import of a claim stands now, as an answer. */
export async function statusAnswer(services: Services, caller: Caller, importId: string): Promise<Answer> {
  const { status, tag } = statusOf(await presentImport(services, caller, importId), services);
  return jsonAnswer(renderStatus(status, null, services.inZone), [['ETag', tag]]);
}

/** 409, with the status of the import. */
export async function claimIsOver(services: Services, caller: Caller, importId: string): Promise<Problem> {
  const { view } = await presentImport(services, caller, importId);
  return conflict(
    'The claim is over: somebody else has got the import since, or it has ended. What you have of it is not needed any more.',
    view.status,
  );
}
