import type { ConnectionView } from '../../../projections/views.ts';
import { ImportFailure } from '../../import-failure.ts';
import { Api, type ApiParts } from './api.ts';
import type { Budget } from './budgets.ts';
import type { ReportCall, Session } from './login.ts';

/** What a trial of a connection has found out. */
export interface Trial {
  readonly session: Session;
  /** Null: Salesforce does not tell. */
  readonly username: string | null;
  /** Whether the user may read such records at all. */
  readonly readsFiles: boolean;
  readonly readsAttachments: boolean;
  /** Whether it sees those of everybody. Null: Salesforce does not tell. */
  readonly seesAllFiles: boolean | null;
  readonly seesAllAttachments: boolean | null;
  readonly budget: Budget | null;
}

/**
 * Logs in, and looks what the user may do: four requests. Source: the fields of UserPermissionAccess, which has one record, for the user
 * who asks; read, not tried.
 * @throws {ImportFailure} the login was refused, or nothing can be asked
 */
export async function tryOut(parts: ApiParts, connection: ConnectionView, called: ReportCall): Promise<Trial> {
  const api = new Api(parts, { connection, called });
  const session = await parts.sessions.of(connection, called);
  const readsFiles = (await records(api, 'SELECT Id FROM ContentVersion LIMIT 1')) !== null;
  const readsAttachments = (await records(api, 'SELECT Id FROM Attachment LIMIT 1')) !== null;
  const [user] = (await records(api, `SELECT Username FROM User WHERE Id='${session.userId}'`)) ?? [];
  const [rights] =
    (await records(api, 'SELECT PermissionsQueryAllFiles,PermissionsViewAllData FROM UserPermissionAccess')) ?? [];
  return {
    ...{ session, readsFiles, readsAttachments },
    username: typeof user?.Username === 'string' ? user.Username : null,
    seesAllFiles: flag(rights?.PermissionsQueryAllFiles),
    seesAllAttachments: flag(rights?.PermissionsViewAllData),
    budget: parts.budgets.of(connection.organization_id),
  };
}

/** Null: the user may not ask this. */
async function records(api: Api, soql: string): Promise<{ readonly [name: string]: unknown }[] | null> {
  try {
    return (await api.query(soql)).map((record) => Object(record));
  } catch (error) {
    if (error instanceof ImportFailure && error.reason === 'source_forbidden') return null;
    throw error;
  }
}

function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
