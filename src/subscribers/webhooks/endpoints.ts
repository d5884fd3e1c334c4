import { PAUSES_MS } from '../../clock.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { parseStreamName } from '../../events/streams.ts';
import { allOf } from '../../projections/all-of.ts';
import { viewNamed } from '../../projections/fold.ts';
import { foldStream } from '../../projections/fold-stream.ts';
import type { Stored } from '../../projections/queries.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import { retry } from '../../retry.ts';

export interface EndpointsParts {
  readonly log: EventLog;
  readonly readModel: ReadModelReader;
  /** Ends the tries to read. */
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
  /** Is called with the view of an endpoint after it changed, and when it is first known. */
  readonly onChange: (stored: Stored<'webhook'>) => void;
}

/** Which endpoints there are: listed once from the read model, then folded from the log's new events, so that no read model is needed. */
export class Endpoints {
  readonly #parts: EndpointsParts;
  readonly #known = new Map<string, Stored<'webhook'>>();
  /** Those whose events are read just now, since some were missed; true: another one came since the last read began. */
  readonly #reading = new Map<string, boolean>();

  constructor(parts: EndpointsParts) {
    this.#parts = parts;
  }

  /** Lists all, while events are already applied. It waits for the read model as long as it takes. */
  async list(): Promise<void> {
    await this.#persistently(async () => {
      for await (const paged of allOf(this.#parts.readModel, 'webhook')) {
        if ('unreadable' in paged) this.#readFromLog(paged.id);
        else this.#take(paged);
      }
    });
  }

  /** Takes a new event of the log, of whatever stream. */
  apply(event: RecordedEvent): void {
    const name = parseStreamName(event.stream);
    if (name?.category !== 'webhook') return;
    const known = this.#known.get(name.id);
    const revision = known?.revision ?? -1;
    if (event.revision <= revision) return;
    if (this.#reading.has(name.id)) this.#reading.set(name.id, true);
    else if (event.revision > revision + 1 || !this.#fold(name.id, [event])) this.#readFromLog(name.id);
  }

  /** Gives whether the events could be folded. */
  #fold(id: string, events: readonly RecordedEvent[]): boolean {
    const folded = foldStream(viewNamed('webhook', id), events, this.#known.get(id) ?? null).at(-1);
    if (folded === undefined) return true;
    if (folded.stored !== null) this.#take(folded.stored as Stored<'webhook'>);
    return folded.notFolded === null || folded.notFolded.what === 'unknown';
  }

  #take(stored: Stored<'webhook'>): void {
    const known = this.#known.get(stored.view.id);
    if (known !== undefined && known.revision >= stored.revision) return;
    // Nothing follows a deletion that anybody needs to know.
    if (stored.view.status === 'deleted') this.#known.delete(stored.view.id);
    else this.#known.set(stored.view.id, stored);
    this.#parts.onChange(stored);
  }

  /** Reads what was missed. Further events are in what it reads, or come after it. */
  #readFromLog(id: string): void {
    if (this.#reading.has(id)) return;
    const { log, onTrouble } = this.#parts;
    const { stream } = viewNamed('webhook', id);
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
