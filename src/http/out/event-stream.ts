import type { Published } from '../../subscribers/cloud-event.ts';
import type { Scope } from '../../subscribers/cursor.ts';
import { isSelected, type Selection } from '../../subscribers/feed/selection.ts';

/** The text of server-sent events. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html */

/** A piece of a stream has about so many characters: a reader that is slow holds no more of it. */
const PIECE_CHARACTERS = 65_536;

/** Some events as bytes. */
export interface Piece {
  readonly bytes: Buffer;
  readonly last: Published;
}

/** Moves the reader's cursor, and keeps what is between from cutting an idle connection. */
export function heartbeatText(cursor: string): string {
  return `: still here\nid: ${cursor}\n\n`;
}

/** What an event is for readers of one scope. */
export interface EventForm {
  readonly cursor: string;
  readonly type: string;
  /** The envelope: JSON without any line break. */
  readonly json: string;
}

/** Cuts the selected events of a list into pieces. Readers of the same list with the same selection get the same pieces. */
export class Pieces {
  readonly #formOf: (event: Published, scope: Scope) => EventForm;
  readonly #pieces = new WeakMap<readonly Published[], Map<string, readonly Piece[]>>();
  readonly #texts = { ofOne: new WeakMap<Published, string>(), ofAll: new WeakMap<Published, string>() };

  constructor(formOf: (event: Published, scope: Scope) => EventForm) {
    this.#formOf = formOf;
  }

  /** @param key is the same for the same selection */
  of(events: readonly Published[], scope: Scope, selection: Selection, key: string): readonly Piece[] {
    if (events.length === 0) return [];
    const byKey = this.#pieces.get(events) ?? new Map<string, readonly Piece[]>();
    this.#pieces.set(events, byKey);
    const pieces = byKey.get(key) ?? this.#cut(events, scope, selection);
    byKey.set(key, pieces);
    return pieces;
  }

  #cut(events: readonly Published[], scope: Scope, selection: Selection): Piece[] {
    const pieces: Piece[] = [];
    const selected = events.filter((event) => isSelected(event, selection));
    let text = '';
    for (const event of selected) {
      text += this.#textOf(event, scope);
      if (text.length < PIECE_CHARACTERS && event !== selected.at(-1)) continue;
      pieces.push({ bytes: Buffer.from(text), last: event });
      text = '';
    }
    return pieces;
  }

  #textOf(event: Published, scope: Scope): string {
    const texts = scope === null ? this.#texts.ofAll : this.#texts.ofOne;
    const known = texts.get(event);
    if (known !== undefined) return known;
    const { cursor, type, json } = this.#formOf(event, scope);
    const text = `id: ${cursor}\nevent: ${type}\ndata: ${json}\n\n`;
    texts.set(event, text);
    return text;
  }
}
