import type { Call } from '../../../events/import-events.ts';
import type { GuardedClient } from '../../../outbound/guarded-client.ts';
import type { OutboundError } from '../../../outbound/outbound-error.ts';
import type { ConnectionView } from '../../../projections/views.ts';
import { told } from '../told.ts';
import type { AppKey } from './app-key.ts';
import { assertion } from './assertion.ts';
import { connectionRefused, loginFailure, networkFailure, unavailable } from './failures.ts';
import { apiOrigin } from './origin.ts';
import { type LoginMeans, whyUnusable } from './why-unusable.ts';

/** What a login gave. It has no lifetime that anybody knows: it is used until it is refused. */
export interface Session {
  readonly token: string;
  /** Where the API is. */
  readonly origin: string;
  /** At Salesforce: 00D… and 005…. */
  readonly organizationId: string;
  readonly userId: string;
}

export interface LoginParts extends LoginMeans {
  readonly client: Pick<GuardedClient, 'post'>;
}

/** Is told of each request when it is over. */
export type ReportCall = (call: Call) => void;

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES = 65_536;

/**
 * Logs in to an organization's Salesforce. One user may log in 3,600 times an hour, and is locked out for every integration then: so nothing
 * but `Sessions` calls this.
 * @throws {ImportFailure | SealedUnavailable} with what is wrong with the connection
 */
export async function login(connection: ConnectionView, parts: LoginParts, called: ReportCall): Promise<Session> {
  const body = (await formFor(connection, parts)).toString();
  const url = new URL(`${connection.url}/services/oauth2/token`);
  const failureOf = (error: OutboundError) => networkFailure(error, 'login');
  return told({ method: 'POST', url, called, failureOf }, async (onStatus) => {
    const answer = await parts.client.post(url.href, {
      party: connection.organization_id,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body,
      timeoutMs: TIMEOUT_MS,
      answerBytes: ANSWER_BYTES,
    });
    onStatus(answer.status);
    const refusal = { ...answer, contentType: String(answer.headers['content-type'] ?? '') };
    if (answer.status !== 200) throw loginFailure(refusal);
    const session = sessionIn(answer.body, connection);
    if (session === null) throw unavailable(refusal, 'login');
    return session;
  });
}

async function formFor(connection: ConnectionView, means: LoginMeans): Promise<URLSearchParams> {
  const unusable = await whyUnusable(connection, means);
  if (unusable !== null) throw connectionRefused(unusable);
  const { organization_id, url, username, audience, client_id } = connection;
  const { appKey, secretOf } = means;
  if (connection.login === 'client_credentials') {
    const client_secret = (await secretOf(organization_id)) ?? '';
    return new URLSearchParams({ grant_type: 'client_credentials', client_id: client_id ?? '', client_secret });
  }
  const { clientId, privateKey } = appKey as AppKey;
  const claims = { iss: client_id ?? clientId ?? '', sub: username ?? '', aud: audience ?? url };
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertion(claims, privateKey, Date.now()),
  });
}

/** Null: it is no answer to a login. @throws {ImportFailure} the token must not be used where the answer says */
function sessionIn(body: string, { url }: ConnectionView): Session | null {
  let members: { readonly [name: string]: unknown };
  try {
    members = Object(JSON.parse(body));
  } catch {
    return null;
  }
  const { access_token: token, instance_url: instance, id } = members;
  // It stands in a header.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || typeof instance !== 'string') return null;
  const origin = apiOrigin(instance, url);
  if (origin === null) {
    throw connectionRefused(
      `The login named ${instance.slice(0, 200)} as the place of the API, which is neither the connection's own host nor one of Salesforce's: correct the connection's URL.`,
    );
  }
  const [, organizationId = 'unknown', userId = 'unknown'] = /\/id\/(\w{15,18})\/(\w{15,18})$/.exec(String(id)) ?? [];
  return { token, origin, organizationId, userId };
}
