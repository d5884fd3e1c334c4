import type { EventLog } from './event-log.ts';

/** The same log as an object of its own: whoever does one of its calls otherwise replaces that call. */
export function sameLog(log: EventLog): EventLog {
  return {
    id: log.id,
    restoration: log.restoration ?? null,
    hasDensePositions: log.hasDensePositions,
    append: (...append) => log.append(...append),
    readStream: (...read) => log.readStream(...read),
    readAll: (...read) => log.readAll(...read),
    newest: () => log.newest(),
    soundAfter: log.soundAfter?.bind(log),
    eventAt: (position) => log.eventAt(position),
    head: () => log.head(),
    probe: () => log.probe(),
    follow: (...from) => log.follow(...from),
    close: () => log.close(),
  };
}
