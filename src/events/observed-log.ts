import { LastOutcome } from '../time/last-outcome.ts';
import { LogDamaged, LogUnavailable, StreamDeleted } from './errors.ts';
import type { EventLog } from './event-log.ts';
import { sameLog } from './same-log.ts';

export interface AppendObserver {
  appended(seconds: number): void;
  appendFailed(): void;
}

/** The same log, but it measures its appends, counts their failures and remembers whether the last one worked. */
export function observedLog(log: EventLog, observer: AppendObserver, appends = new LastOutcome()): EventLog {
  return {
    ...sameLog(log),
    append: async (...append) => {
      const began = performance.now();
      try {
        const appended = await log.append(...append);
        appends.worked();
        return appended;
      } catch (error) {
        if (error instanceof LogUnavailable) observer.appendFailed();
        // A deleted stream says nothing about the log: all others can be appended to.
        const isDamage = error instanceof LogDamaged && !(error instanceof StreamDeleted);
        const isTrouble = error instanceof LogUnavailable || isDamage;
        if (isTrouble) appends.failed(error, () => log.probe());
        throw error;
      } finally {
        observer.appended((performance.now() - began) / 1000);
      }
    },
  };
}
