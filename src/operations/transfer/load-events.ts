import { codeOf } from '../../code-of.ts';
import { reasonOf } from '../../reason-of.ts';
import { eventInLine } from './event-line.ts';
import { type Line, lineText } from './lines.ts';
import type { Target } from './target.ts';

/** How a load went. */
export interface Loaded {
  readonly appended: number;
  /** Events that the log held before, as they are in the lines. */
  readonly there: number;
}

/** The load stopped at a line, of which nothing was appended. What stood before it has been. */
export class LineRefused extends Error {
  readonly code = 'line_refused';

  constructor(line: number, cause: unknown) {
    const hint =
      codeOf(cause) === 'log_unavailable'
        ? ' Load the file again later: what is there already is not appended twice.'
        : '';
    super(`Line ${line}: ${reasonOf(cause).replace(/\.$/, '')}.${hint}`, { cause });
    this.name = 'LineRefused';
  }
}

/**
 * Hands the event of each line to the target, one after the other, until the end or until `signal` aborts. Blank lines are passed over.
 * @param onEvent is told after each event how many there were, and where the next line begins in the input, in bytes
 * @throws {LineRefused} for the first line that is not an event, or that the target does not take
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
    // What the abort itself brought about: an input that ended early, a wait that was cut short.
    const isOfAbort = codeOf(error) !== 'line_refused' || codeOf((error as Error).cause) === 'log_unavailable';
    if (!(signal.aborted && isOfAbort)) throw error;
  }
  return counts;
}
