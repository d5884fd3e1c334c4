import { detailsOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import type { Paged, ReadModelReader } from '../projections/read-model.ts';
import { askedAt } from '../projections/views/import-view.ts';
import type { ImportView } from '../projections/views.ts';
import { atMost } from '../time/seldom.ts';
import type { Mark } from './mark.ts';

/** So many views are read at once. */
const PAGE = 500;

/**
 * The imports that wait, or run as their events say, but are not performed by themselves: they were asked for in another log, in a release
 * before 0.3, or before the mark. It reads all views, page by page. Of those that were asked for in the moment of the mark, only their
 * place in the log tells for sure: the decider knows it.
 * @param sinceMs only those that were asked for then or later, in milliseconds since 1970
 * @throws {ReadModelUnavailable}
 */
export async function* notPerformed(
  readModel: Pick<ReadModelReader, 'page'>,
  mark: Mark,
  sinceMs: number,
  signal: AbortSignal,
): AsyncGenerator<ImportView> {
  let after: string | null = null;
  while (!signal.aborted) {
    const page: Paged<'import'>[] = await readModel.page('import', after, PAGE);
    for (const item of page) {
      const askedAtMs = 'unreadable' in item ? null : askedAt(item.view);
      if ('unreadable' in item || askedAtMs === null) continue;
      if (!isPerformed(item.view, mark) && askedAtMs >= sinceMs) yield item.view;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = 'unreadable' in last ? last.id : last.view.id;
  }
}

/** Whether an import that has not ended was asked for after the mark. */
export function isPerformed(view: ImportView, { performed, madeAt }: Mark): boolean {
  return view.log === performed.log && (askedAt(view) ?? 0) > Date.parse(madeAt);
}

/** Says what waits and is not performed, if anything, when an installation performs imports for the first time. @throws {ReadModelUnavailable} */
export async function sayWhatIsNotPerformed(
  readModel: Pick<ReadModelReader, 'page'>,
  mark: Mark,
  logger: { warn(fields: object, message: string): void },
  signal: AbortSignal,
): Promise<void> {
  let imports = 0;
  for await (const _ of notPerformed(readModel, mark, Number.NEGATIVE_INFINITY, signal)) imports += 1;
  if (imports === 0) return;
  logger.warn(
    { imports },
    'imports wait that were asked for before this installation performed any, or were loaded: they are not performed by themselves. ' +
      '`npx imports work --since TIME --dry-run` says how many there are since a time, and without --dry-run it performs them',
  );
}

/** A node of an older release may take requests for as long as a deploy lasts. */
const SAY_AGAIN_AFTER_MS = 600_000;

/**
 * Says so, once in a while, if an import is asked for at a node of a release before 0.3, which runs beside this one: nobody performs it by
 * itself. Gives what takes each new event of the log.
 */
export function sayWhatOlderReleasesTake(logger: {
  warn(fields: object, message: string): void;
}): (event: RecordedEvent) => void {
  const say = atMost(1, SAY_AGAIN_AFTER_MS, (since: string | null, imports) =>
    logger.warn(
      { since, imports: imports + 1 },
      'imports are asked for at nodes of a release before 0.3, and are not performed by themselves. ' +
        'Once no such node runs, `npx imports work --since TIME` performs them (this is said once in a while)',
    ),
  );
  return (event) => {
    if (event.type !== 'ImportRequested') return;
    const { log, occurredAt } = detailsOf(event);
    if (log === null) say(occurredAt);
  };
}
