import { userDecider } from '../commands/user.ts';
import { streamName } from '../events/streams.ts';
import { DEVELOPMENT_IMAGE } from '../http/routes/development/show-image.ts';
import { reachableUrl } from '../operations/health/reachable-url.ts';
import { mintSession } from '../tokens/mint.ts';
import type { Service } from './service.ts';

/** The document's user and organization. A first start in development registers them, so that the document's request works. */
const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';

const BODY =
  'album_id=5005800000HEXCtAAP&filename=Image456.jpg&import_type=salesforce' +
  '&metadatas[contentDocumentId]=0694I000008HV8MQAW&content_document_id=0694I000008HV8MQAW';

/** Registers the document's user once. If it was removed, it stays removed. */
export async function registerDocumentUser({ services }: Service): Promise<void> {
  const { log, execute } = services;
  const stream = streamName('user', USER);
  if ((await log.readStream(stream, 0, 1)).length > 0) return;
  const command = { type: 'RegisterUser', organization_id: ORGANIZATION, role: 'member' } as const;
  const context = { organization_id: ORGANIZATION, operator: 'first start', request_id: 'first-start' };
  await execute(userDecider, stream, command, context, { isProbablyNew: true });
}

/** The document's request as a command to paste, with a new token, and the addresses of an image for imports and for operators. */
export function announce({ address, operationsAddress, keys }: Service): string {
  const token = mintSession(USER, Math.floor(Date.now() / 1000), keys.session);
  const url = (path: string, at = address) => `${reachableUrl(at.address, at.port)}${path}`;
  const operators =
    operationsAddress === null ? '' : `\nFor operators: ${url('/readyz?verbose', operationsAddress)} and /metrics\n`;
  return (
    `\nTry it (development only; the token lasts four hours):\n\n` +
    `curl -i '${url('/api/v1/imports')}' -H 'Authorization: Token token="${token}"' -H 'Cookie;' -d '${BODY}'\n\n` +
    `An image to try imports with, as the README does: url=${url(DEVELOPMENT_IMAGE)}\n${operators}`
  );
}
