import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Outcome } from '../../sqlite/batched-worker.ts';
import { whyLost } from '../checkpoint-rule.ts';
import { toStorable } from '../exact-text.ts';
import type { Batch, Checkpoint, QuarantinedEvent, ViewWrite, WriteOutcome } from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import { checkpointFrom, type Row, selected, tables, toRow } from './columns.ts';
import type { WriterRequest } from './requests.ts';

/** What is written to the tables, inside the transaction of the caller. */
export class ViewTables {
  readonly #views: { readonly [K in ViewKind]: ViewStatements };
  readonly #checkpoint: StatementSync;
  readonly #moveCheckpoint: StatementSync;
  readonly #quarantined: StatementSync;
  readonly #release: StatementSync;

  constructor(database: DatabaseSync) {
    this.#views = {
      import: viewStatements(database, 'import'),
      user: viewStatements(database, 'user'),
      secret: viewStatements(database, 'secret'),
    };
    this.#checkpoint = database.prepare('SELECT log, position, generation FROM checkpoint');
    this.#checkpoint.setReturnArrays(true);
    this.#checkpoint.setReadBigInts(true);
    this.#moveCheckpoint = database.prepare(
      `INSERT INTO checkpoint (only_one, log, position, generation) VALUES (1, ?, ?, ?)
       ON CONFLICT DO UPDATE SET position = excluded.position WHERE excluded.position > position`,
    );
    this.#quarantined = database.prepare(
      'INSERT OR REPLACE INTO quarantine (stream, revision, position, event_id, type, reason) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#release = database.prepare('DELETE FROM quarantine WHERE stream = ? AND revision = ?');
  }

  /** Applies a batch, or nothing of it where the checkpoint is lost. */
  write(batch: Batch): Outcome<WriteOutcome[]> {
    // Judged before anything is written, so that there is nothing to undo.
    const lost = batch.checkpoint === undefined ? null : whyLost(batch.checkpoint, this.#stored());
    if (lost !== null) return { failure: { code: 'checkpoint_lost', message: lost } };
    const outcomes = batch.writes.map((write) => this.#compareAndSet(write));
    for (const event of batch.quarantined ?? []) this.#quarantined.run(...quarantineRow(event));
    for (const { stream, revision } of batch.released ?? []) this.#release.run(toStorable(stream), revision);
    if (batch.checkpoint !== undefined && !outcomes.includes('conflict')) {
      const { log, position } = batch.checkpoint.to;
      this.#moveCheckpoint.run(toStorable(log), position, randomUUID());
    }
    return { reply: outcomes };
  }

  /** Puts a view right, or removes it, where it is still at revision `over`. */
  repair({ kind, id, expectedRevision, after }: Extract<WriterRequest, { op: 'repair' }>): WriteOutcome {
    if (after !== null) return this.#compareAndSet({ kind, expectedRevision, ...after } as ViewWrite);
    const { changes } = this.#views[kind].remove.run(toStorable(id), expectedRevision);
    return changes === 1 ? 'written' : 'conflict';
  }

  #compareAndSet({ kind, expectedRevision, revision, view }: ViewWrite): WriteOutcome {
    const { insert, update } = this.#views[kind];
    const row = toRow(kind, revision, view);
    const { changes } = expectedRevision === null ? insert.run(...row) : update.run(...row, expectedRevision);
    return changes === 1 ? 'written' : 'conflict';
  }

  #stored(): Checkpoint | null {
    const row = this.#checkpoint.get() as Row | undefined;
    return row === undefined ? null : checkpointFrom(row);
  }
}

interface ViewStatements {
  readonly insert: StatementSync;
  readonly update: StatementSync;
  readonly remove: StatementSync;
}

function viewStatements(database: DatabaseSync, kind: ViewKind): ViewStatements {
  const { name, fields } = tables[kind];
  const numbers = ['revision', ...fields].map((field, index) => ({ field, parameter: `?${index + 1}` }));
  const settings = numbers
    .filter(({ field }) => field !== 'id')
    .map(({ field, parameter }) => `${field} = ${parameter}`);
  return {
    insert: database.prepare(
      `INSERT INTO ${name} (${selected(kind)}) VALUES (${numbers.map(({ parameter }) => parameter).join(', ')})
       ON CONFLICT (id) DO NOTHING`,
    ),
    update: database.prepare(
      `UPDATE ${name} SET ${settings.join(', ')} WHERE id = ?2 AND revision = ?${numbers.length + 1}`,
    ),
    remove: database.prepare(`DELETE FROM ${name} WHERE id = ? AND revision = ?`),
  };
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
