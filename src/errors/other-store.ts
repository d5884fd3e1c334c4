/** Whose a store is: it says so itself, and that is looked at when it is opened. */
export interface Ownership {
  /** The id of the log. A store that does not say whose it is, as of earlier releases, becomes this log's. */
  readonly log: string;
  /** Resolves if a store of another log is to become this log's. @throws {OtherStore} it is not */
  readonly take: (from: string) => Promise<void>;
}

/** A store belongs to another log. Nothing in it is changed. */
export class OtherStore extends Error {
  readonly code = 'other_store';

  /** @param what the store and `belong` or `belongs`; @param adopted what comes of it with `--adopt` */
  constructor(what: string, from: string, log: string, adopted: string) {
    super(
      `${what} to another event log: log ${from}. This is log ${log}. Nothing was changed. If another service uses this place, give this ` +
        `one its own (DATA_DIR, MONGODB_URL). If it is meant, as after a move, start the service once with --adopt: ${adopted} ` +
        '(npm start -- --adopt).',
    );
    this.name = 'OtherStore';
  }
}
