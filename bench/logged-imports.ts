import { parseStreamName } from '../src/events/streams.ts';
import { ORGANIZATION_ID } from './document-request.ts';
import { type StoreSettings, withLog } from './stores.ts';

/**
 * The ids of this run's imports in the log after a position, the first `limit` of them. It reads the log directly, not through the
 * service.
 */
export function loggedImports(
  settings: StoreSettings,
  after: bigint,
  limit = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  return withLog(settings, async (log) => {
    const ids: string[] = [];
    for await (const page of log.follow(after, new AbortController().signal)) {
      for (const { type, data, stream } of page) {
        // Others may be writing to the same log.
        if (type === 'ImportRequested' && isOfThisRun(data)) ids.push(parseStreamName(stream)?.id ?? '');
      }
      if (page.length === 0 || ids.length >= limit) break;
    }
    return ids.slice(0, limit);
  });
}

function isOfThisRun(data: string): boolean {
  return JSON.parse(data).organization_id === ORGANIZATION_ID;
}
