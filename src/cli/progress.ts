import { printableLines } from './printable.ts';

/** The progress of a long run, on one line of a terminal that is drawn again and again. Without a terminal, nothing is shown. */

const REDRAW_AFTER_MS = 200;

/** Speed and time left are computed from so many drawings: those of the last 10 s. */
const REMEMBERED_DRAWINGS = 50;

const CLEAR_LINE = '\r\x1b[K';

export interface Progress {
  /**
   * Notes how far the run is; cheap enough to be called for every event.
   * @param count how many are done since the start
   * @param share of the whole that is done, from 0 to 1; null if the whole is not known
   * @param what is done; `events` unless given
   */
  update(count: number, share: number | null, what?: string): void;
  /** Says something to the person, above the line. */
  say(text: string): void;
  /** Clears the line. */
  end(): void;
}

/** Where it is drawn: standard error, or a test's own. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface Drawing {
  readonly atMs: number;
  readonly count: number;
  readonly share: number | null;
}

/**
 * @param isWanted false keeps the line away from a terminal too
 * @param nowMs a clock that never goes back
 */
export function startProgress(
  terminal: Terminal,
  isWanted = true,
  nowMs: () => number = () => performance.now(),
): Progress {
  const isDrawn = isWanted && terminal.isTTY === true;
  const drawings: Drawing[] = [{ atMs: nowMs(), count: 0, share: null }];
  let isOnScreen = false;

  const clear = () => {
    if (isOnScreen) terminal.write(CLEAR_LINE);
    isOnScreen = false;
  };

  return {
    update(count, share, what = 'events') {
      if (!isDrawn) return;
      const atMs = nowMs();
      if (atMs - (drawings.at(-1)?.atMs ?? 0) < REDRAW_AFTER_MS) return;
      const now = { atMs, count, share };
      const line = describe(drawings[0] ?? now, now, what);
      // Some terminals say that they have no columns at all.
      terminal.write(`${CLEAR_LINE}${line.slice(0, (terminal.columns || 80) - 1)}`);
      isOnScreen = true;
      drawings.push(now);
      if (drawings.length > REMEMBERED_DRAWINGS) drawings.shift();
    },
    say(text) {
      clear();
      terminal.write(`${printableLines(text)}\n`);
    },
    end: clear,
  };
}

/** `12345 events, 512/s, 43 %, 2 min left` */
function describe(then: Drawing, now: Drawing, what: string): string {
  const seconds = (now.atMs - then.atMs) / 1000;
  const parts = [`${now.count} ${what}`, `${Math.round((now.count - then.count) / seconds)}/s`];
  if (now.share !== null) {
    parts.push(`${Math.floor(now.share * 100)} %`);
    const sharePerSecond = (now.share - (then.share ?? 0)) / seconds;
    if (sharePerSecond > 0) parts.push(`${duration((1 - now.share) / sharePerSecond)} left`);
  }
  return parts.join(', ');
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
