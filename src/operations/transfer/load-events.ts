import { codeOf } from '../../errors/code-of.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import { eventInLine } from './event-line.ts';
import { type Line, lineText } from './lines.ts';
import type { Target } from './target.ts';

/** The result of a load. */
export interface Loaded {
  readonly appended: number;
  /** How many events the log already held, the same as in the lines. */
  readonly there: number;
}

/** The load stopped at a line, whose event was not appended. The events before it were. */
export class LineRefused extends Error {
  readonly code = 'line_refused';

  constructor(line: number, cause: unknown) {
    const hint =
      codeOf(cause) === 'log_unavailable'
        ? ' Load the file again later: events that the log holds are not appended twice.'
        : '';
    super(`Line ${line}: ${reasonOf(cause).replace(/\.$/, '')}.${hint}`, { cause });
    this.name = 'LineRefused';
  }
}

/**
 * Gives the event of each line to the target, one by one, until the end or until `signal` aborts. Blank lines are skipped.
 * @param onEvent is called after each event with the number of events, and the beginning of the next line in the input, in bytes
 * @throws {LineRefused} at the first line that is no event, or that the target refuses
 */
export async function loadEvents(
  lines: AsyncIterable<Line>,
  target: Target,
  signal: AbortSignal,
  onEvent: (events: number, bytes: number) => void,
): Promise<Loaded> {
  const counts = { appended: 0, there: 0 };
  try {
    for await (const line of lines) {
      if (signal.aborted) break;
      try {
        const text = lineText(line);
        if (text.trim() === '') continue;
        counts[await target(eventInLine(text))] += 1;
      } catch (error) {
        throw new LineRefused(line.number, error);
      }
      onEvent(counts.appended + counts.there, line.end);
    }
  } catch (error) {
    // The abort itself causes errors: an input that ended early, a wait that was cut short.
    const isOfAbort = codeOf(error) !== 'line_refused' || codeOf((error as Error).cause) === 'log_unavailable';
    if (!(signal.aborted && isOfAbort)) throw error;
  }
  return counts;
}
