import type { RecordedEvent } from '../../events/event-log.ts';

/** Events of one stream that follow each other. */
export type Part = readonly [RecordedEvent, ...RecordedEvent[]];

/** So much text is held: some thousands of events. */
const MOST_CHARACTERS = 8_000_000;

/** A stream with more events is not held: each page of it would be put behind all the pages before it. */
const MOST_EVENTS = 100;

/** The beginnings of streams that go on after the pages that were read so far. Of too many, the oldest are let go. */
export class BegunStreams {
  readonly #held = new Map<string, Part>();
  readonly #letGo: Part[] = [];
  readonly #mostCharacters: number;
  #characters = 0;

  constructor(mostCharacters = MOST_CHARACTERS) {
    this.#mostCharacters = mostCharacters;
  }

  /** Gives the part with all that comes before it in its stream, if that is held, and holds it no longer. */
  take(part: Part): Part {
    const [{ stream, revision }] = part;
    const before = this.#held.get(stream);
    if (before?.at(-1)?.revision !== revision - 1) return part;
    this.#drop(stream, before);
    return [...before, ...part];
  }

  /** Holds the beginning of a stream. False: it is too long. */
  hold(part: Part): boolean {
    if (part.length > MOST_EVENTS) return false;
    this.#held.set(part[0].stream, part);
    this.#characters += charactersIn(part);
    for (const [stream, oldest] of this.#held) {
      if (this.#characters <= this.#mostCharacters) break;
      this.#drop(stream, oldest);
      this.#letGo.push(oldest);
    }
    return true;
  }

  /** Those that were let go since the last call. */
  letGo(): Part[] {
    return this.#letGo.splice(0);
  }

  /** All that are held. Nothing is held then. */
  takeAll(): Part[] {
    const all = [...this.#held.values()];
    this.#held.clear();
    this.#characters = 0;
    return all;
  }

  #drop(stream: string, part: Part): void {
    this.#held.delete(stream);
    this.#characters -= charactersIn(part);
  }
}

function charactersIn(part: Part): number {
  return part.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
}
