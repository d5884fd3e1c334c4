/** An answer that is not what was asked for. */
export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  /** Its first bytes as text. */
  readonly body: string;
}

/** An error of Salesforce's API. */
export interface TheirError {
  readonly code: string;
  /** The code, and what Salesforce says to it. */
  readonly said: string;
}

/** So much of an answer is read for its error. */
export const REFUSAL_BYTES = 4_096;

const MOST_SAID = 200;

/** The first error in an answer of the API; null: it is no answer of the API. */
export function theirError({ body }: Refusal): TheirError | null {
  const list = parsed(body);
  const { errorCode, message } = membersOf(Array.isArray(list) ? list[0] : null);
  return typeof errorCode === 'string' ? { code: errorCode, said: wordsOf(errorCode, message) } : null;
}

/** Why a login was refused; null: it is no answer to a login. */
export function theirLoginError({ body }: Refusal): string | null {
  const { error, error_description } = membersOf(parsed(body));
  return typeof error === 'string' ? wordsOf(error, error_description) : null;
}

/** They may be as long as they like. */
function wordsOf(code: string, message: unknown): string {
  const said = typeof message === 'string' ? `${code}: ${message.replace(/\.$/, '')}` : code;
  return said.length > MOST_SAID ? `${said.slice(0, MOST_SAID)}…` : said;
}

function membersOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { [name: string]: unknown }) : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
