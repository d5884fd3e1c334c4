import { LogUnavailable } from './errors.ts';
import type { EventLog } from './event-log.ts';

export interface AppendObserver {
  appended(seconds: number): void;
  appendFailed(): void;
}

/** The same log, with its appends timed and its failures counted. */
export function observedLog(log: EventLog, observer: AppendObserver): EventLog {
  return {
    id: log.id,
    hasDensePositions: log.hasDensePositions,
    append: async (...append) => {
      const began = performance.now();
      try {
        return await log.append(...append);
      } catch (error) {
        if (error instanceof LogUnavailable) observer.appendFailed();
        throw error;
      } finally {
        observer.appended((performance.now() - began) / 1000);
      }
    },
    readStream: (...read) => log.readStream(...read),
    readAll: (...read) => log.readAll(...read),
    head: () => log.head(),
    follow: (...from) => log.follow(...from),
    close: () => log.close(),
  };
}
