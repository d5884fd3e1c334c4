/** A difference between the log and the read model, a fault in the log itself, or in the bytes of images. */
export type What =
  /** There is no view, though the log has events that must be in it. */
  | 'missing'
  /** There is a view, but no such stream in the log. */
  | 'extra'
  /** The view lacks events before the checkpoint. */
  | 'behind'
  /** The view reflects a revision that its stream does not have. */
  | 'ahead'
  /** A field of the view differs from the fold of the log's events. */
  | 'different'
  /** Another version wrote the view, and this one cannot read it. */
  | 'unreadable'
  /** The stream's events from a revision on could not be projected; the quarantine has them. */
  | 'quarantined'
  /** This version cannot read an event of the log. */
  | 'undecodable'
  /** An event contradicts the events before it in its stream. */
  | 'unfit'
  /** A revision of a stream, or a position of the log, is missing or comes twice. */
  | 'gap'
  /** The log cannot be read there. */
  | 'damaged'
  /** The bytes of an image are not there. */
  | 'absent'
  /** The bytes of an image are not those that were brought. */
  | 'altered'
  /** The bytes of an image could not be looked at. */
  | 'unread';

export interface Finding {
  /** Null for the log as a whole. */
  readonly stream: string | null;
  readonly what: What;
  /** Set if one value differs: `revision` or a field of the view, with both values as JSON text; null: there is none. */
  readonly compared?: { readonly field: string; readonly inLog: string | null; readonly inReadModel: string | null };
  /** Set for everything else: a sentence. */
  readonly reason?: string;
}

/** The findings that are repaired if the view is written again from the log. */
const REPAIRABLE: ReadonlySet<What> = new Set(['missing', 'extra', 'behind', 'ahead', 'different', 'unreadable']);

/** Whether the view is wrong: then it can be written again from the log. */
export function isOfView({ what }: Finding): boolean {
  return REPAIRABLE.has(what);
}
