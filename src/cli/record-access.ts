import { accessDecider, type RecordAccess } from '../commands/access.ts';
import { executor } from '../commands/execute.ts';
import type { EventLog } from '../events/event-log.ts';
import { newId } from '../events/new-id.ts';
import { accessStream } from '../events/streams.ts';
import { InlineProjector } from '../projections/inline-projector.ts';
import { reasonOf } from '../reason-of.ts';
import { openLog, PATIENCE_MS } from '../stores.ts';
import type { Context } from './context.ts';

/** Records who had access, by a command that only reads otherwise. If the log cannot be written, as a copy, it says that. */
export async function recordAccess(context: Context, access: RecordAccess): Promise<void> {
  let log: EventLog | null = null;
  try {
    log = await openLog(context.config, () => {}, { patienceMs: PATIENCE_MS });
    // No view is folded from the stream of access.
    const execute = executor(log, new InlineProjector(NO_VIEWS));
    await execute(accessDecider, accessStream(log.id), access, { ...context.operator, request_id: newId() });
  } catch (error) {
    context.say(`This is not recorded in the log: ${reasonOf(error)}`);
  } finally {
    await log?.close();
  }
}

const NO_VIEWS = new Proxy({} as ConstructorParameters<typeof InlineProjector>[0], {
  get: () => () => Promise.reject(new Error('There are no views here')),
});
