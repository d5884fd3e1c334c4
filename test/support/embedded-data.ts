import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import type { EventLog, NewEvent } from '../../src/events/event-log.ts';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import { untilLevel } from './projected.ts';
import { JWT_SECRET } from './service.ts';
import { VIEWS_FILE } from './stores.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The data of a service that is not running, on the embedded stores. */
export interface EmbeddedData {
  /** For the command line. */
  readonly env: NodeJS.ProcessEnv;
  /** Appends to a new stream. */
  append(stream: string, ...events: NewEvent[]): Promise<void>;
  /** Brings the views level with the log. */
  project(): Promise<void>;
  with<T>(work: (log: EventLog, readModel: ReadModel) => Promise<T>): Promise<T>;
  /** Runs SQL on a file, as an operator's accident would; gives the rows of the last statement. */
  sql(file: string, ...statements: string[]): Record<string, unknown>[];
  remove(): void;
}

export function embeddedData(): EmbeddedData {
  const directory = temporaryDirectory();
  const at = (file: string) => join(directory.path, file);
  const data: EmbeddedData = {
    env: { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path },
    append: (stream, ...events) =>
      data.with(async (log) => {
        await log.append(stream, events, 'no_stream');
      }),
    project: () => data.with(untilLevel),
    async with(work) {
      const log = await openEmbeddedLog({ file: at('events.db') });
      const readModel = await openEmbeddedReadModel({ file: at(VIEWS_FILE) });
      try {
        return await work(log, readModel);
      } finally {
        await readModel.close();
        await log.close();
      }
    },
    sql(file, ...statements) {
      const database = new DatabaseSync(at(file));
      try {
        return (
          statements.map((statement) => database.prepare(statement).all() as Record<string, unknown>[]).at(-1) ?? []
        );
      } finally {
        database.close();
      }
    },
    remove: directory.remove,
  };
  return data;
}
