import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { parseStreamName } from '../events/streams.ts';
import { PAUSES_MS } from '../time/clock.ts';
import { retry } from '../time/retry.ts';
import { allOf } from './all-of.ts';
import { viewNamed } from './fold.ts';
import { foldStream } from './fold-stream.ts';
import type { Stored } from './queries.ts';
import type { ReadModelReader } from './read-model.ts';
import { type ViewKind, type Views, views } from './views.ts';

export interface LiveViewsParts<K extends ViewKind> {
  readonly kind: K;
  readonly log: Pick<EventLog, 'readStream'>;
  readonly readModel: Pick<ReadModelReader, 'page'>;
  /** Whether nothing follows that anybody needs to know: then it is forgotten. */
  readonly isOver: (view: Views[K]) => boolean;
  /** Ends the tries to read. */
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
  /** Is called with a view after it changed, and when it is first known. */
  readonly onChange: (stored: Stored<K>) => void;
}

/** All views of a kind, as they are now: listed once from the read model, then folded from the log's new events, so that no read model is needed. */
export class LiveViews<K extends ViewKind> {
  readonly #parts: LiveViewsParts<K>;
  readonly #known = new Map<string, Stored<K>>();
  /** Those whose events are read just now, since some were missed; true: another one came since the last read began. */
  readonly #reading = new Map<string, boolean>();

  constructor(parts: LiveViewsParts<K>) {
    this.#parts = parts;
  }

  /** Lists all, while events are already applied. It waits for the read model as long as it takes. */
  async list(): Promise<void> {
    await this.#persistently(async () => {
      const { readModel, kind } = this.#parts;
      for await (const paged of allOf(readModel, kind)) {
        if ('unreadable' in paged) this.#readFromLog(paged.id);
        else this.#take(paged);
      }
    });
  }

  /** Takes a new event of the log, of whatever stream. */
  apply(event: RecordedEvent): void {
    const name = parseStreamName(event.stream);
    if (name?.category !== views[this.#parts.kind].category) return;
    const known = this.#known.get(name.id);
    const revision = known?.revision ?? -1;
    if (event.revision <= revision) return;
    if (this.#reading.has(name.id)) this.#reading.set(name.id, true);
    else if (event.revision > revision + 1 || !this.#fold(name.id, [event])) this.#readFromLog(name.id);
  }

  /** Gives whether the events could be folded. */
  #fold(id: string, events: readonly RecordedEvent[]): boolean {
    const folded = foldStream(viewNamed(this.#parts.kind, id), events, this.#known.get(id) ?? null).at(-1);
    if (folded === undefined) return true;
    if (folded.stored !== null) this.#take(folded.stored as Stored<K>);
    return folded.notFolded === null || folded.notFolded.what === 'unknown';
  }

  #take(stored: Stored<K>): void {
    const { id } = stored.view;
    const known = this.#known.get(id);
    if (known !== undefined && known.revision >= stored.revision) return;
    if (this.#parts.isOver(stored.view)) this.#known.delete(id);
    else this.#known.set(id, stored);
    this.#parts.onChange(stored);
  }

  /** Reads what was missed. Further events are in what it reads, or come after it. */
  #readFromLog(id: string): void {
    if (this.#reading.has(id)) return;
    const { kind, log, onTrouble } = this.#parts;
    const { stream } = viewNamed(kind, id);
    const read = async () => {
      do {
        this.#reading.set(id, false);
        const events = await log.readStream(stream, (this.#known.get(id)?.revision ?? -1) + 1);
        if (!this.#fold(id, events)) onTrouble(new Error(`An event of ${stream} cannot be folded.`));
      } while (this.#reading.get(id));
    };
    this.#reading.set(id, false);
    void this.#persistently(read).finally(() => this.#reading.delete(id));
  }

  async #persistently(work: () => Promise<void>): Promise<void> {
    const { signal, onTrouble } = this.#parts;
    await retry(work, { when: () => !signal.aborted, pauseMs: PAUSES_MS, onFailure: onTrouble, signal }).catch(
      () => {},
    );
  }
}
