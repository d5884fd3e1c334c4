/** A request for the load generators. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** The answer as it came over the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** Sends a request once. */
export async function ask(origin: string, { method, path, headers, body }: HttpRequest): Promise<HttpAnswer> {
  const plain = { ...headers, 'Accept-Encoding': 'identity' };
  const response = await fetch(origin + path, { method, headers: plain, ...(method === 'POST' && { body }) });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
