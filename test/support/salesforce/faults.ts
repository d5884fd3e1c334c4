/** What the fake Salesforce can do wrong. */
export const FAULTS = [
  // At the login.
  'app_not_found',
  'user_has_not_approved',
  'login_rate_exceeded',
  'login_page',
  'login_elsewhere',
  // At any request of the API.
  'token_dies',
  'total_requests',
  'concurrent_requests',
  'status_420',
  'status_503',
  'api_disabled',
  // At the query.
  'no_rows',
  'wrong_md5',
  'null_checksum',
  'external',
  'new_version',
  'no_access_to_files',
  'query_page',
  // At the download.
  'not_found',
  'redirect',
  'page',
  'wrong_length',
  'stall',
  'reset',
  'failure_500',
] as const;

export type Fault = (typeof FAULTS)[number];

/** Which faults strike, and how often. */
export class Faults {
  readonly #left = new Map<Fault, { times: number; share: number }>();

  /** @param times so often at most @param share of the requests that it could strike, from 0 to 1 */
  add(fault: Fault, times = Number.POSITIVE_INFINITY, share = 1): void {
    this.#left.set(fault, { times, share });
  }

  clear(): void {
    this.#left.clear();
  }

  /** Whether it strikes now. */
  strikes(fault: Fault): boolean {
    const left = this.#left.get(fault);
    if (left === undefined || left.times === 0 || Math.random() >= left.share) return false;
    left.times -= 1;
    return true;
  }
}
