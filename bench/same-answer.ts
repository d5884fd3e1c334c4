import { ANSWER_BYTES } from './document-request.ts';
import { ask, type HttpAnswer, type HttpRequest } from './http-request.ts';

/** The parts in which any two answers differ: the time, ids, the fresh token, and Node's headers of the connection. */
const OWN_HEADERS = ['date', 'connection', 'keep-alive', 'x-token', 'x-request-id', 'x-runtime'];
const OWN_MEMBERS = ['id', 'created_at', 'updated_at'];

/**
 * Sends one request to both programs and compares the answers. Gives the id of the import that the service made.
 * @throws Error if the answers differ, since the comparison would then be worthless
 */
export async function assertSameAnswer(service: string, plain: string, request: HttpRequest): Promise<string> {
  const [ours, theirs] = [await ask(service, request), await ask(plain, request)];
  const [a, b] = [comparable(ours), comparable(theirs)];
  if (a !== b) throw new Error(`The two programs answer differently.\nservice: ${a}\nplain:   ${b}`);
  if (Buffer.byteLength(ours.body) !== ANSWER_BYTES) throw new Error(`The answer is not of ${ANSWER_BYTES} bytes.`);
  return JSON.parse(ours.body).id;
}

function comparable({ status, headers, body }: HttpAnswer): string {
  const common = Object.entries(headers).map(([name, value]) => [name, OWN_HEADERS.includes(name) ? '…' : value]);
  const members = Object.entries(JSON.parse(body)).map(([name, value]) => [
    name,
    OWN_MEMBERS.includes(name) ? '…' : value,
  ]);
  return JSON.stringify([status, Object.fromEntries(common.sort()), Object.fromEntries(members)]);
}
