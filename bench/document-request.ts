import type { HttpRequest } from './http-request.ts';

/** The request of the API's document, which both programs are asked; the answer's body has 509 bytes. */

export const USER_ID = 'f1900bba-e339-4dc9-87df-9dc8665adead';
export const ORGANIZATION_ID = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
export const ANSWER_BYTES = 509;

const BODY =
  'album_id=5005800000HEXCtAAP&filename=Image456.jpg&import_type=salesforce' +
  '&metadatas[contentDocumentId]=0694I000008HV8MQAW&content_document_id=0694I000008HV8MQAW';

export function postImport(token: string): HttpRequest {
  return {
    method: 'POST',
    path: '/api/v1/imports',
    headers: { Authorization: authorization(token), 'Content-Type': 'application/x-www-form-urlencoded' },
    body: BODY,
  };
}

export function getImport(id: string, token: string): HttpRequest {
  return { method: 'GET', path: `/api/v1/imports/${id}`, headers: { Authorization: authorization(token) }, body: '' };
}

function authorization(token: string): string {
  return `Token token="${token}"`;
}
