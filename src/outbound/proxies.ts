/** The proxies through which a company lets its services out, as curl and others read them from the environment. */
export interface Proxies {
  /** For `http://`; null: none. */
  readonly http: string | null;
  /** For `https://`; null: none. */
  readonly https: string | null;
  /** Hosts that are reached without them, separated by commas. */
  readonly except: string;
}
