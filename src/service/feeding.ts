import type { Logger } from 'pino';
import type { EventLog } from '../events/event-log.ts';
import { OpenStreams } from '../http/limits/open-streams.ts';
import { TurnsWithin } from '../http/limits/turns-within.ts';
import { Pieces } from '../http/out/event-stream.ts';
import type { Services } from '../http/services.ts';
import type { Config } from '../settings/config.ts';
import { namingOf } from '../settings/naming.ts';
import { envelopeText } from '../subscribers/cloud-event.ts';
import { Cursors } from '../subscribers/cursor.ts';
import { SharedFeed } from '../subscribers/feed/shared-feed.ts';
import { TimeMarks } from '../subscribers/feed/time-marks.ts';
import { placeAfter } from '../subscribers/place.ts';
import { seldom } from '../time/seldom.ts';
import type { Keys } from '../tokens/keys.ts';

/** What gives subscribers the public events of the log. */
export interface Feeding extends Pick<Services, 'naming' | 'cursors' | 'timeMarks' | 'pieces' | 'streams'> {
  readonly feed: SharedFeed;
}

/** Puts it together. It begins to follow the log when it is first asked. */
export function feedingOf(config: Config, log: EventLog, keys: Keys, logger: Pick<Logger, 'warn'>): Feeding {
  const naming = namingOf(config);
  const cursors = new Cursors(keys);
  const catchUp = new TurnsWithin();
  const onTrouble = seldom((err: unknown) =>
    logger.warn({ err }, 'subscribers wait: the log cannot be read (this is said once in a while)'),
  );
  return {
    naming,
    cursors,
    feed: new SharedFeed({
      ...{ log, naming, onTrouble },
      inTurn: (scope, reader, work) => catchUp.run(scope ?? 'all', reader, work),
    }),
    timeMarks: new TimeMarks(log, (work) => catchUp.run('since', 'since', work)),
    pieces: new Pieces(log, (event, scope) => {
      const cursor = cursors.textOf(placeAfter(log, event.event), scope);
      return { cursor, type: event.envelope.type, json: envelopeText(event, cursor) };
    }),
    streams: new OpenStreams(),
  };
}
