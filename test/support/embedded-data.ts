import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { type CheckedLog, checkLog } from '../../src/events/embedded/check.ts';
import { createLog } from '../../src/events/embedded/create.ts';
import { holdFile } from '../../src/events/embedded/file-header.ts';
import { messageOf } from '../../src/events/embedded/messages.ts';
import { NewestPosition } from '../../src/events/embedded/newest-position.ts';
import { openEmbeddedLog, openEmbeddedLogForReading } from '../../src/events/embedded/open.ts';
import { Writer } from '../../src/events/embedded/writer.ts';
import { FileWatch } from '../../src/events/embedded/written-over.ts';
import type { EventLog, NewEvent } from '../../src/events/event-log.ts';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import { untilLevel } from './projected.ts';
import { JWT_SECRET } from './service.ts';
import { VIEWS_FILE } from './stores.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** For another process's lock. */
const WAIT_MS = 2_000;

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
    async append(stream, ...events) {
      const file = at('events.db');
      if (!existsSync(file)) createLog(file, WAIT_MS);
      const { id } = checkLog(file, WAIT_MS) as CheckedLog;
      // Here, since a thread for each append takes much longer.
      const held = holdFile(file);
      const writer = new Writer(file, id, new NewestPosition(file), new FileWatch(file, held.fd), WAIT_MS);
      try {
        expect(writer.append([messageOf(stream, events, 'no_stream')])[0]).to.have.property('reply');
      } finally {
        writer.close();
        held.letGo();
      }
    },
    async project() {
      const log = await openEmbeddedLogForReading({ file: at('events.db') });
      const readModel = await openEmbeddedReadModel({ file: at(VIEWS_FILE) });
      await untilLevel(log, readModel).finally(() => readModel.close());
      await log.close();
    },
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
