import type { EventLog } from '../../events/event-log.ts';
import type { Published } from '../../subscribers/cloud-event.ts';
import type { Scope } from '../../subscribers/cursor.ts';
import { isSelected, type Selection } from '../../subscribers/feed/selection.ts';
import { type Place, placeAfter } from '../../subscribers/place.ts';

/** The text of server-sent events. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html */

/** A piece of a stream has about so many characters: a reader that is slow holds no more of it. */
const PIECE_CHARACTERS = 65_536;

/** Some events as bytes. */
export interface Piece {
  readonly bytes: Buffer;
  /** The place after the last of them. Not the event itself: a slow reader would keep it, several times as large as the bytes. */
  readonly after: Place;
}

/** Readers come back so soon after a cut. */
const RETRY_MS = 1_000;

/** Moves the reader's cursor, and keeps what is between from cutting an idle connection. */
export function heartbeatText(cursor: string): string {
  return `: still here\nretry: ${RETRY_MS}\nid: ${cursor}\n\n`;
}

/** What an event is for readers of one scope. */
export interface EventForm {
  readonly cursor: string;
  readonly type: string;
  /** The envelope: JSON without any line break. */
  readonly json: string;
}

/** Readers of the same list share what was made for so many selections: callers choose what they select. */
const MOST_SELECTIONS = 32;

/** Cuts the selected events of a list into pieces. Readers of the same list with the same selection get the same pieces. */
export class Pieces {
  readonly #log: Pick<EventLog, 'id'>;
  readonly #formOf: (event: Published, scope: Scope) => EventForm;
  readonly #shared = new WeakMap<readonly Published[], Map<string, Iterable<Piece>>>();
  readonly #texts = { ofOne: new WeakMap<Published, string>(), ofAll: new WeakMap<Published, string>() };

  constructor(log: Pick<EventLog, 'id'>, formOf: (event: Published, scope: Scope) => EventForm) {
    this.#log = log;
    this.#formOf = formOf;
  }

  /**
   * The pieces, each of which is made when it is first asked for.
   * @param key is the same for the same selection
   */
  of(events: readonly Published[], scope: Scope, selection: Selection, key: string): Iterable<Piece> {
    if (events.length === 0) return [];
    const byKey = this.#shared.get(events) ?? new Map<string, Iterable<Piece>>();
    this.#shared.set(events, byKey);
    const scopedKey = `${scope} ${key}`;
    const known = byKey.get(scopedKey);
    if (known !== undefined) return known;
    const pieces = remembering(this.#cut(events, scope, selection));
    if (byKey.size < MOST_SELECTIONS) byKey.set(scopedKey, pieces);
    return pieces;
  }

  *#cut(events: readonly Published[], scope: Scope, selection: Selection): Generator<Piece> {
    const selected = events.filter((event) => isSelected(event, selection));
    let text = '';
    for (const event of selected) {
      text += this.#textOf(event, scope);
      if (text.length < PIECE_CHARACTERS && event !== selected.at(-1)) continue;
      yield { bytes: Buffer.from(text), after: placeAfter(this.#log, event.event) };
      text = '';
    }
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

/** The same items, to be gone through several times, even by turns. Each is made once. */
function remembering<T>(items: Generator<T>): Iterable<T> {
  const made: T[] = [];
  return {
    *[Symbol.iterator]() {
      for (let index = 0; ; index += 1) {
        if (index === made.length) {
          const { value, done } = items.next();
          if (done) return;
          made.push(value);
        }
        yield made[index] as T;
      }
    },
  };
}
