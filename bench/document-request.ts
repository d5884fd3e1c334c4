import { randomUUID } from 'node:crypto';
import type { CreateImport } from '../src/commands/import-command.ts';
import { parseParams } from '../src/http/in/params/parse-params.ts';
import type { HttpRequest } from './http-request.ts';

/** The request of the API's document, which both programs get. The answer's body has 509 bytes. */

/** New for each run, so that they find the imports of this run in a log that others write to as well. */
export const USER_ID = randomUUID();
export const ORGANIZATION_ID = randomUUID();
export const ANSWER_BYTES = 509;

const BODY =
  'album_id=5005800000HEXCtAAP&filename=Image456.jpg&import_type=salesforce' +
  '&metadatas[contentDocumentId]=0694I000008HV8MQAW&content_document_id=0694I000008HV8MQAW';

const FORM = 'application/x-www-form-urlencoded';

export function postImport(token: string): HttpRequest {
  return {
    method: 'POST',
    path: '/api/v1/imports',
    headers: { Authorization: authorization(token), 'Content-Type': FORM },
    body: BODY,
  };
}

export function getImport(id: string, token: string): HttpRequest {
  return { method: 'GET', path: `/api/v1/imports/${id}`, headers: { Authorization: authorization(token) }, body: '' };
}

/** The command that the service makes from the POST. */
export function documentCommand(): CreateImport {
  const params = parseParams({ contentType: FORM, body: Buffer.from(BODY), query: '' });
  const { import_type = null, album_id = null } = params as { readonly [name: string]: string };
  return { type: 'CreateImport', organization_id: ORGANIZATION_ID, import_type, album_id, params, redacted: [] };
}

function authorization(token: string): string {
  return `Token token="${token}"`;
}
