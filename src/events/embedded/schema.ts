/** The layout of `events.db`: plain columns of text, so that any SQLite tool reads it. */

/** "evlg" in ASCII: says that the file is an event log, and no other program's database. */
export const APPLICATION_ID = 0x65766c67;

/** The layout's version, kept in `user_version`. */
export const SCHEMA_VERSION = 1;

/** The statements that make the layout. `sqlite_schema` must hold the same text. */
export const SCHEMA: { readonly [name: string]: string } = {
  log: `CREATE TABLE log (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  id TEXT NOT NULL
) STRICT`,

  events: `CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  revision INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  metadata TEXT NOT NULL,
  crc INTEGER NOT NULL,
  UNIQUE (stream, revision),
  UNIQUE (id)
) STRICT`,

  events_are_dense: `CREATE TRIGGER events_are_dense BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT ifnull(max(position), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event takes the next position'); END`,

  events_never_change: `CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the log is append-only: events never change'); END`,

  events_never_go: `CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the log is append-only: events are never deleted'); END`,

  log_never_changes: `CREATE TRIGGER log_never_changes BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'a log keeps its id'); END`,

  log_never_goes: `CREATE TRIGGER log_never_goes BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'a log keeps its id'); END`,
};
