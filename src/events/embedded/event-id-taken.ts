/** An event id that the log already holds elsewhere: ids are made anew for each event. Nothing was written. */
export class EventIdTaken extends Error {
  readonly code = 'event_id_taken';
  readonly id: string;

  constructor(id: string, where: string) {
    super(`The event id ${id} is taken ${where}: give each new event an id of its own.`);
    this.name = 'EventIdTaken';
    this.id = id;
  }
}
