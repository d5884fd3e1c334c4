/** What the service knows now: the views. Each is folded from one stream by one pure function, and stores the revision it reflects. */

export interface ImportView {
  readonly id: string;
  readonly organization_id: string;
  readonly image_id: string | null;
  readonly import_type: string | null;
  readonly album_id: string | null;
  /** Compact JSON text: kept as text, so that no store rounds a number or reorders a key. */
  readonly params: string;
  /** UTC, ISO 8601 with milliseconds: it sorts as text. */
  readonly created_at: string;
  readonly updated_at: string;
}

export interface UserView {
  readonly id: string;
  readonly organization_id: string;
  readonly role: 'member' | 'operator';
  readonly registered_at: string;
  readonly removed_at: string | null;
}

export interface SecretView {
  readonly id: string;
  readonly organization_id: string;
  readonly issued_at: string;
  readonly revoked_at: string | null;
}

export interface Views {
  import: ImportView;
  user: UserView;
  secret: SecretView;
}

export type ViewKind = keyof Views;

export const VIEW_KINDS: readonly ViewKind[] = ['import', 'user', 'secret'];
