import type { Room } from '../machine/room.ts';
import { LogUnavailable } from './errors.ts';
import type { EventLog } from './event-log.ts';
import { sameLog } from './same-log.ts';

/** What the service leaves free on the disk of its log: reading, stopping and `versions remove` work with it. */
export const RESERVE_BYTES = 16 * 1024 * 1024;

/** The same log, but nothing is appended while less than the reserve is free on its disk. Reads go on. */
export function withReserve(log: EventLog, room: Pick<Room, 'look' | 'isLow'>, folder: string): EventLog {
  const assertRoom = () => {
    try {
      room.look();
    } catch {
      // The append itself meets what is wrong with the folder, and says it.
      return;
    }
    if (room.isLow) {
      const megabytes = RESERVE_BYTES / 1_048_576;
      throw new LogUnavailable(
        `less than ${megabytes} MB are free on the disk of ${folder}, which are kept in reserve. Make room: it then goes on by itself`,
      );
    }
  };
  return {
    ...sameLog(log),
    append: async (...append) => {
      assertRoom();
      return log.append(...append);
    },
    probe: async () => {
      assertRoom();
      await log.probe();
    },
  };
}
