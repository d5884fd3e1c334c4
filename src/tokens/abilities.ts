import type { Claims } from './json-web-token.ts';

/** The albums on which a token lets its bearer act. Source: docs/api.md, Tokens. */
export interface Abilities {
  /** Every album, and imports without an album. */
  readonly all: boolean;
  /** Whether on this album; null is "no album". */
  on(albumId: string | null): boolean;
}

export const ALL_ALBUMS: Abilities = { all: true, on: () => true };

/** The abilities of a secret token: every album with `admin: true`, else those with `{"<album_id>": {"Access": {"image_upload": true}}}`. */
export function abilitiesOf(claims: Claims): Abilities {
  if (claims.admin === true) return ALL_ALBUMS;
  return {
    all: false,
    on: (albumId) =>
      albumId !== null && member(member(member(claims.abilities, albumId), 'Access'), 'image_upload') === true,
  };
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as { [name: string]: unknown })[name];
}
