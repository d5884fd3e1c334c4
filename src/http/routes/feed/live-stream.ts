import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stretch } from '../../../subscribers/feed/feed.ts';
import type { Place } from '../../../subscribers/place.ts';
import type { Piece } from '../../out/event-stream.ts';

/** While nothing is sent, a heartbeat is: proxies cut connections that are idle for longer. */
const HEARTBEAT_MS = 15_000;

/** The reader's rights are looked at this often. */
const RIGHTS_EVERY_MS = 300;

/** Without progress for so long, the connection is closed. */
const STUCK_MS = 90_000;

/** If the reader takes longer for a piece, what was read for it is let go of, and read again later. */
const PATIENCE_MS = 1_000;

/** After the log could not be read, it is tried again. */
const PAUSE_MS = 500;

export interface LiveStream {
  readonly response: ServerResponse;
  /** Where to begin. */
  readonly from: Place;
  /** What comes after a place: waits for it at most `waitMs`. */
  readonly read: (after: Place, waitMs: number, signal: AbortSignal) => Promise<Stretch>;
  readonly piecesOf: (stretch: Stretch) => readonly Piece[];
  readonly placeAfter: (piece: Piece) => Place;
  readonly heartbeat: (place: Place) => string;
  /** Whether the reader may go on. */
  readonly mayGoOn: () => Promise<boolean>;
  /** When it may not go on in any case, in milliseconds since 1970. */
  readonly endsAtMs: number;
  /** Aborts when the reader has gone, or when the stream must end. */
  readonly signal: AbortSignal;
}

/**
 * Sends events as they come, until the reader goes, may not go on, or reads nothing for 90 s. Never more than one piece is unsent: a slow
 * reader takes no memory. It never rejects.
 */
export async function sendLive(stream: LiveStream): Promise<void> {
  const { response, endsAtMs } = stream;
  response.socket?.setTimeout(STUCK_MS);
  try {
    await send(stream);
  } finally {
    response.end();
  }

  async function send({ read, piecesOf, placeAfter, heartbeat, mayGoOn, signal }: LiveStream) {
    let place = stream.from;
    // At once, so that the reader has a place even if no event ever comes.
    await write(heartbeat(place), signal);
    let sentAtMs = performance.now();
    while (!signal.aborted) {
      const dueInMs = sentAtMs + HEARTBEAT_MS - performance.now();
      const waitMs = Math.max(0, Math.min(RIGHTS_EVERY_MS, dueInMs, endsAtMs - Date.now()));
      const stretch = await read(place, waitMs, signal).catch(async () => {
        await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
        return null;
      });
      if (signal.aborted || !(await mayGoOn())) return;
      const pieces = stretch === null ? [] : piecesOf(stretch);
      let isLetGo = false;
      for (const piece of pieces) {
        const isTaken = await write(piece.bytes, signal);
        sentAtMs = performance.now();
        place = placeAfter(piece);
        if (isTaken) continue;
        isLetGo = true;
        break;
      }
      if (isLetGo) await untilTaken(signal);
      else place = stretch?.to ?? place;
      if (performance.now() - sentAtMs < HEARTBEAT_MS) continue;
      await write(heartbeat(place), signal);
      sentAtMs = performance.now();
    }
  }

  /** Writes; waits until the reader has taken it, but not for long. Gives whether it was taken. */
  async function write(bytes: Buffer | string, signal: AbortSignal): Promise<boolean> {
    // A piece that was not taken at once was taken over, though: it is not written again.
    if (signal.aborted || response.write(bytes)) return true;
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    await once(response, 'drain', { signal: patience }).catch(() => {});
    return !response.writableNeedDrain;
  }

  /** Waits for either: a connection that is closed never drains. */
  async function untilTaken(signal: AbortSignal): Promise<void> {
    if (response.writableNeedDrain) await once(response, 'drain', { signal }).catch(() => {});
  }
}
