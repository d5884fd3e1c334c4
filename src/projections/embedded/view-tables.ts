import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Outcome } from '../../sqlite/batched-worker.ts';
import { whyLost } from '../checkpoint-rule.ts';
import { toStorable } from '../exact-text.ts';
import type { Checkpoint, QuarantinedEvent, WriteOutcome } from '../projector-store.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import { CHECKPOINT, checkpointFrom, type Row } from './columns.ts';
import type { RowBatch, RowWrite, WriterRequest } from './requests.ts';
import { ViewTable } from './view-table.ts';

/** Writes to the tables, inside the caller's transaction. */
export class ViewTables {
  readonly #tables: ReadonlyMap<string, ViewTable>;
  readonly #checkpoint: StatementSync;
  readonly #moveCheckpoint: StatementSync;
  readonly #quarantined: StatementSync;
  readonly #release: StatementSync;
  readonly #markFilled: StatementSync;
  readonly #noteUse: StatementSync;

  constructor(database: DatabaseSync, shapes: ViewShapes) {
    this.#tables = new Map(Object.entries(shapes).map(([kind, shape]) => [kind, new ViewTable(database, shape)]));
    this.#checkpoint = database.prepare(CHECKPOINT);
    this.#checkpoint.setReturnArrays(true);
    this.#checkpoint.setReadBigInts(true);
    this.#moveCheckpoint = database.prepare(
      `INSERT INTO checkpoint (only_one, log, position, event_id, generation) VALUES (1, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET position = excluded.position, event_id = excluded.event_id WHERE excluded.position > position`,
    );
    this.#quarantined = database.prepare(
      'INSERT OR REPLACE INTO quarantine (stream, revision, position, event_id, type, reason) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#release = database.prepare('DELETE FROM quarantine WHERE stream = ? AND revision = ?');
    this.#markFilled = database.prepare('UPDATE checkpoint SET filled = 1 WHERE generation = ?');
    this.#noteUse = database.prepare('UPDATE checkpoint SET used_at = ? WHERE generation = ?');
  }

  /** Applies a batch, or nothing of it if the checkpoint is lost. */
  write(batch: RowBatch): Outcome<WriteOutcome[]> {
    // Checked before anything is written, so that there is nothing to undo.
    const lost = batch.checkpoint === undefined ? null : whyLost(batch.checkpoint, this.#stored());
    if (lost !== null) return { failure: { code: 'checkpoint_lost', message: lost } };
    const outcomes = batch.writes.map((write) => this.#compareAndSet(write));
    for (const event of batch.quarantined ?? []) this.#quarantined.run(...quarantineRow(event));
    for (const { stream, revision } of batch.released ?? []) this.#release.run(toStorable(stream), revision);
    if (batch.checkpoint !== undefined && !outcomes.includes('conflict')) {
      const { log, position, event } = batch.checkpoint.to;
      this.#moveCheckpoint.run(toStorable(log), position, toStorable(event ?? null), randomUUID());
    }
    return { reply: outcomes };
  }

  /** Replaces or removes a view if it is still at the expected revision. */
  repair({ kind, id, expectedRevision, after }: Extract<WriterRequest, { op: 'repair' }>): WriteOutcome {
    if (after !== null) return this.#compareAndSet({ kind, expectedRevision, row: after });
    return this.#tableOf(kind).remove(id, expectedRevision);
  }

  #compareAndSet({ kind, expectedRevision, row }: RowWrite): WriteOutcome {
    return this.#tableOf(kind).write(expectedRevision, row);
  }

  markFilled(generation: string): void {
    this.#markFilled.run(toStorable(generation));
  }

  noteUse(generation: string): void {
    this.#noteUse.run(new Date().toISOString(), toStorable(generation));
  }

  #tableOf(kind: string): ViewTable {
    const table = this.#tables.get(kind);
    if (table === undefined) throw new TypeError(`no view is called ${kind}`);
    return table;
  }

  #stored(): Checkpoint | null {
    const row = this.#checkpoint.get() as Row | undefined;
    return row === undefined ? null : checkpointFrom(row).checkpoint;
  }
}

function quarantineRow({
  stream,
  revision,
  position,
  eventId,
  type,
  reason,
}: QuarantinedEvent): (string | number | bigint)[] {
  return [toStorable(stream), revision, position, toStorable(eventId), toStorable(type), toStorable(reason)];
}
