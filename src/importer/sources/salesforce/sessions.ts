import type { ConnectionView } from '../../../projections/views.ts';
import { type LoginParts, login, type ReportCall, type Session } from './login.ts';

/**
 * For so long a failed login is the answer to all who ask: imports that are under way must not log in one after the other. Not longer, since
 * somebody may have mended it.
 */
const REMEMBER_FAILURE_MS = 2_000;

/** A login of a connection, done or under way. */
interface Login {
  /** The connection's settings at that time. */
  readonly settings: string;
  readonly session: Promise<Session>;
  /** On the clock of `performance.now`; null: it has not failed. */
  failedAtMs: number | null;
}

/** One session for each connection, which all imports share. */
export class Sessions {
  readonly #parts: LoginParts;
  /** By organization. */
  readonly #logins = new Map<string, Login>();

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /** @param called is told of the login if there is one @throws {ImportFailure} */
  of(connection: ConnectionView, called: ReportCall): Promise<Session> {
    const known = this.#logins.get(connection.id);
    return known !== undefined && isOf(known, connection) && !isOver(known)
      ? known.session
      : this.#logIn(connection, called);
  }

  /** Another session than the one that was refused: that of somebody who was first, or a new one. @throws {ImportFailure} */
  async renewed(connection: ConnectionView, refused: Session, called: ReportCall): Promise<Session> {
    const before = this.#logins.get(connection.id);
    const session = await this.of(connection, called);
    // While it was awaited, somebody else may have begun to log in.
    const isStill = this.#logins.get(connection.id) === before;
    if (session !== refused) return session;
    return isStill ? this.#logIn(connection, called) : this.of(connection, called);
  }

  #logIn(connection: ConnectionView, called: ReportCall): Promise<Session> {
    const made: Login = {
      settings: connection.settings_event,
      session: login(connection, this.#parts, called),
      failedAtMs: null,
    };
    this.#logins.set(connection.id, made);
    made.session.catch(() => {
      made.failedAtMs = performance.now();
    });
    return made.session;
  }
}

function isOf(known: Login, { settings_event }: ConnectionView): boolean {
  return known.settings === settings_event;
}

function isOver({ failedAtMs }: Login): boolean {
  return failedAtMs !== null && performance.now() - failedAtMs >= REMEMBER_FAILURE_MS;
}
