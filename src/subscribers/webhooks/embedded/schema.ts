import type { OwnSchema } from '../../../sqlite/own-schema.ts';

/** The tables of the store of deliveries. */
export const SCHEMA: OwnSchema = {
  // "dlvr"
  applicationId: 0x646c7672,
  statements: [
    // Not used. Releases before 0.3 refuse a file without it.
    `CREATE TABLE store (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  id TEXT NOT NULL
) STRICT`,
    `CREATE TABLE deliveries (
  id TEXT NOT NULL PRIMARY KEY,
  endpoint TEXT NOT NULL,
  event_id TEXT,
  stream TEXT,
  revision INTEGER,
  position INTEGER,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at TEXT NOT NULL,
  due_at TEXT,
  first_tried_at TEXT,
  tries INTEGER NOT NULL,
  attempts TEXT NOT NULL
) STRICT`,
    // The status last, so that the finished ones are counted in the index alone.
    'CREATE INDEX deliveries_by_time ON deliveries (endpoint, created_at, id, status)',
    'CREATE INDEX deliveries_by_status ON deliveries (endpoint, status, created_at, id)',
    `CREATE TABLE progress (
  endpoint TEXT NOT NULL PRIMARY KEY,
  log TEXT NOT NULL,
  position INTEGER NOT NULL,
  event_id TEXT,
  stream TEXT,
  revision INTEGER,
  failures INTEGER NOT NULL,
  failing_since TEXT,
  last_tried_at TEXT,
  recovery TEXT
) STRICT`,
    `CREATE TABLE leases (
  endpoint TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  beat INTEGER NOT NULL
) STRICT, WITHOUT ROWID`,
  ],
};
