import type { ConnectionView } from '../../../projections/views.ts';
import { CannotOpen } from '../../sealed/sealing.ts';
import type { AppKey } from './app-key.ts';

/** What a node logs in with. */
export interface LoginMeans {
  /** Null: the service has none. */
  readonly appKey: AppKey | null;
  /** The secret of an organization's connection; null: it is not here. @throws {CannotOpen | SealedUnavailable} */
  readonly secretOf: (organizationId: string) => Promise<string | null>;
}

const AGAIN = 'Run `imports connections add` again here, with the secret.';

/** Why this node has not what the login of a connection needs; null: it has. @throws {SealedUnavailable} nobody knows just now */
export async function whyUnusable(
  connection: ConnectionView,
  { appKey, secretOf }: LoginMeans,
): Promise<string | null> {
  if (connection.login === 'jwt') {
    if (appKey === null) return 'This node has no key to log in with: set SALESFORCE_PRIVATE_KEY_FILE.';
    return (connection.client_id ?? appKey.clientId) === null
      ? 'This node does not know the app to log in with: set SALESFORCE_CLIENT_ID, or add the connection with --client-id.'
      : null;
  }
  try {
    return (await secretOf(connection.organization_id)) === null
      ? `The connection's secret is not on this node. ${AGAIN}`
      : null;
  } catch (error) {
    if (error instanceof CannotOpen) return `The connection's secret cannot be opened. ${error.message} ${AGAIN}`;
    throw error;
  }
}
