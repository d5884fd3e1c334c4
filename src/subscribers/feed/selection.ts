import type { Published } from '../cloud-event.ts';

/** Which of the events that a reader may see it wants: those that match every property that is set. */
export interface Selection {
  /** Types without the prefix. */
  readonly names: ReadonlySet<string> | null;
  /** The id of an import or of a webhook. */
  readonly subject: string | null;
  readonly albumId: string | null;
}

/** Whether a public event is what a reader asked for. */
export function isSelected({ name, subject, albumId }: Published, selection: Selection): boolean {
  return (
    (selection.names === null || selection.names.has(name)) &&
    (selection.subject === null || selection.subject === subject) &&
    (selection.albumId === null || selection.albumId === albumId)
  );
}
