import type { ImportReason } from '../../../events/import-events.ts';
import type { OutboundError, OutboundErrorCode } from '../../../outbound/outbound-error.ts';
import { ImportFailure } from '../../import-failure.ts';
import { type Refusal, theirError, theirLoginError } from './refusal.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long a connection pauses first; longer each time, if it does not work then either. */
const PAUSES_MS = {
  /** Somebody must mend it, at Salesforce perhaps, where nobody tells us. */
  refused: 5 * MINUTE_MS,
  unavailable: MINUTE_MS,
  /** Salesforce counts the logins of the last hour. */
  loginRate: HOUR_MS,
  /** Salesforce counts the requests of the last 24 hours. */
  totalRequests: 2 * HOUR_MS,
  concurrentRequests: 30 * SECOND_MS,
  budget: 30 * MINUTE_MS,
} as const;

/** With these, its servers ask to be left alone for a while, whatever the body says. */
const DOWN = [420, 429, 502, 503, 504];

/** Nobody may connect there, whatever is asked. */
const UNREACHABLE: readonly OutboundErrorCode[] = [
  ...(['not_a_url', 'scheme_not_allowed', 'user_info_in_url', 'fragment_in_url', 'port_not_allowed'] as const),
  ...(['refused_address', 'no_allowed_address'] as const),
];

/** That a file which the user may not see looks like one that is not there. */
export const OR_INVISIBLE =
  'Either it was deleted, or the integration user does not see it: give that user the permission Query All Files.';

/** What each refusal of a login mostly means. Source: importing.md and Salesforce's help; read, not tried. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /app_not_found|invalid_client_id|client identifier/i,
    "The app is not of this organization: the connection's URL must be its own My Domain, and the client id must be the app's consumer key.",
  ],
  [
    /approved this consumer|invalid_app_access|not admin approved/i,
    "The user may not use the app: pre-authorize a permission set of the user in the app's policies.",
  ],
  [/audience/i, 'Add the connection again with the --audience that this organization wants.'],
  [/assertion|signature/i, "The app has the certificate of another key, or this machine's clock is wrong."],
  [/no client credentials user/i, "Choose the user that the app runs as in the app's policies."],
  [/invalid_client|client secret|client credentials/i, "Add the connection again with the app's present secret."],
  [/inactive_user|inactive|locked/i, 'Activate or unlock the user.'],
];

/** What became of a login that gave no token. */
export function loginFailure(refusal: Refusal): ImportFailure {
  const { status } = refusal;
  if (isRedirect(status)) {
    return connectionRefused(
      `The login was answered with a redirect (${status}), which is never followed: the connection's URL must be the organization's present My Domain.`,
    );
  }
  const said = theirLoginError(refusal);
  if (said === null || DOWN.includes(status) || /^(server_error|temporarily_unavailable)/.test(said)) {
    return unavailable(refusal, 'login');
  }
  if (/login rate exceeded/i.test(said)) {
    return trouble(
      'loginRate',
      'limit_exceeded',
      `Salesforce lets the user log in no more for an hour (${said}): something logs in again and again.`,
    );
  }
  const [, advice = ''] = ADVICE.find(([pattern]) => pattern.test(said)) ?? [];
  return connectionRefused(`Salesforce refused the login (${said}). ${advice}`.trimEnd());
}

/** What became of a query that gave no records. */
export function queryFailure(refusal: Refusal, apiVersion: string): ImportFailure {
  const { status } = refusal;
  const error = theirError(refusal);
  if (error?.code === 'REQUEST_LIMIT_EXCEEDED') return requestLimit(error.said);
  if (status === 401) return tokenRefused(error?.said);
  if (status === 404) {
    return connectionRefused(
      `Salesforce does not have version ${apiVersion} of its API at this host: set SALESFORCE_API_VERSION to one that the organization has.`,
    );
  }
  if (error === null || DOWN.includes(status)) return unavailable(refusal, 'query');
  if (status === 403) {
    return connectionRefused(
      `The integration user may not use the API (${error.said}): give it the permission API Enabled.`,
    );
  }
  if (status >= 500) return new ImportFailure('source_unavailable', `Salesforce failed at the query (${error.said}).`);
  return new ImportFailure(
    'source_forbidden',
    `The integration user may not read files of this kind (${error.said}): give it a permission set that lets it.`,
  );
}

/** What became of a download that gave no bytes. */
export function downloadFailure(refusal: Refusal): ImportFailure {
  const { status } = refusal;
  const error = theirError(refusal);
  if (error?.code === 'REQUEST_LIMIT_EXCEEDED') return requestLimit(error.said);
  if (status === 401) return tokenRefused(error?.said);
  if (isRedirect(status)) {
    return new ImportFailure(
      'source_forbidden',
      `The download was answered with a redirect (${status}), which is not followed: a download handler of the organization keeps the integration user from the file.`,
    );
  }
  if (status === 404)
    return new ImportFailure('source_not_found', `Salesforce has no bytes of the file. ${OR_INVISIBLE}`);
  if (error === null || DOWN.includes(status)) return unavailable(refusal, 'download');
  if (status >= 500)
    return new ImportFailure('source_unavailable', `Salesforce failed at the download (${error.said}).`);
  return new ImportFailure('source_forbidden', `Salesforce refused the download (${error.said}).`);
}

/** The servers are down, or what answers is not Salesforce's API. */
export function unavailable(refusal: Refusal, what: string): ImportFailure {
  const { status, contentType } = refusal;
  const kind =
    theirError(refusal)?.said ?? (/html/i.test(contentType) ? 'a page in HTML' : 'what is no answer of its API');
  return trouble(
    'unavailable',
    'source_unavailable',
    `Salesforce is not available: the ${what} was answered with ${status} and ${kind}.`,
  );
}

/** No answer came, or not the whole. @param isOfOne it is this import's own trouble */
export function networkFailure(error: OutboundError, what: string, isOfOne = false): ImportFailure {
  if (UNREACHABLE.includes(error.code)) {
    return connectionRefused(`The connection's URL may not be connected to: ${error.message}.`);
  }
  const message =
    error.code === 'aborted'
      ? `The ${what} was ended before it was done.`
      : `The ${what} at Salesforce failed: ${error.message}.`;
  return isOfOne || error.code === 'aborted'
    ? new ImportFailure('source_unavailable', message, { cause: error })
    : trouble('unavailable', 'source_unavailable', message, error);
}

/** Most of an organization's requests are used up. */
export function budgetFailure(used: number, most: number, percent: number): ImportFailure {
  return trouble(
    'budget',
    'limit_exceeded',
    `${used} of the organization's ${most} API requests for 24 hours are used up: from ${percent} % on, the service leaves the rest to others (SALESFORCE_BUDGET_PERCENT).`,
  );
}

/** Somebody must mend the connection. It is tried again in a while: perhaps it was mended at Salesforce. */
export function connectionRefused(message: string): ImportFailure {
  return trouble('refused', 'connection_refused', message);
}

/** A token that was given a moment ago. */
function tokenRefused(said: string | undefined): ImportFailure {
  return connectionRefused(
    `Salesforce refuses a token that it has just given (${said ?? 401}): look at the session settings and the IP ranges of the user and of the app.`,
  );
}

function requestLimit(said: string): ImportFailure {
  return /concurrent/i.test(said)
    ? trouble('concurrentRequests', 'limit_exceeded', `Too many requests run at once in the organization (${said}).`)
    : trouble('totalRequests', 'limit_exceeded', `The organization's API requests for 24 hours are used up (${said}).`);
}

/** Trouble of the whole connection. */
function trouble(kind: keyof typeof PAUSES_MS, reason: ImportReason, message: string, cause?: unknown): ImportFailure {
  const until = new Date(Date.now() + PAUSES_MS[kind]);
  return new ImportFailure(reason, message, { trouble: { until }, cause });
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}
