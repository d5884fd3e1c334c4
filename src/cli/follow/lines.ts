import { envelopeText, type Naming, organizationOf, published } from '../../subscribers/cloud-event.ts';
import type { Cursors } from '../../subscribers/cursor.ts';
import { isSelected, type Selection } from '../../subscribers/feed/selection.ts';
import { placeAfter } from '../../subscribers/place.ts';
import type { Context } from '../context.ts';
import { printableJson } from '../printable.ts';
import type { Looked } from './lasting-log.ts';

/** Writes; gives whether the reader took it before Ctrl-C. @throws with the code EPIPE if the reader has gone */
export async function isTaken(text: string, context: Context): Promise<boolean> {
  const { signal } = context;
  // Callers' text is kept to the byte, except at a terminal, which it could drive.
  const shown = context.isShown ? text.split('\n').map(printableJson).join('\n') : text;
  let end = () => {};
  const aborted = new Promise<boolean>((resolve) => {
    end = () => resolve(false);
  });
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  return Promise.race([context.write(shown).then(() => true), aborted]).finally(() =>
    signal.removeEventListener('abort', end),
  );
}

/** What is printed of the events. */
export interface Printing {
  readonly organization: string | undefined;
  readonly naming: Naming;
  readonly selection: Selection;
  readonly cursors: Cursors;
}

/** Those that were asked for as CloudEvents, one a line. */
export function linesOf({ log, events }: Looked, { organization, naming, selection, cursors }: Printing): string {
  return events
    .filter((event) => organization === undefined || organizationOf(event) === organization)
    .map((event) => published(event, naming))
    .filter((event) => event !== null && isSelected(event, selection))
    .map((event) => event && `${envelopeText(event, cursors.textOf(placeAfter(log, event.event), null))}\n`)
    .join('');
}
