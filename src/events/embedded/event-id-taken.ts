/** The log already holds another event with this id. Nothing was written. */
export class EventIdTaken extends Error {
  readonly code = 'event_id_taken';

  constructor(id: string, where: string) {
    super(`The event id ${id} is taken ${where}: give each new event a new id.`);
    this.name = 'EventIdTaken';
  }
}
