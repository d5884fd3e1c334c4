import { expect } from 'chai';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { type RawAnswer, rawRequest } from '../support/raw-http.ts';
import { DOCUMENT_BODY, ORGANIZATION, testService } from '../support/service.ts';

/** Compares `spec/import-from-content-document.md` with the real service. */
describeOnEachStores("the document's own request", (stores) => {
  const service = testService(stores.env);
  let token: string;
  let answer: RawAnswer;

  before(async () => {
    token = service.token();
    answer = await rawRequest(service.url, [
      'POST /api/v1/imports HTTP/1.1\r\n' +
        `Authorization: Token token="${token}"\r\n` +
        'Host: example.org\r\nContent-Type: application/x-www-form-urlencoded\r\nCookie: \r\n' +
        `Content-Length: ${DOCUMENT_BODY.length}\r\n\r\n${DOCUMENT_BODY}`,
    ]);
  });

  it("is answered with the document's headers in its order and spelling, before those of the connection", () => {
    expect(answer.status).to.equal(200);
    expect(answer.headers.map(([name]) => name)).to.deep.equal([
      'Cache-Control',
      'Pragma',
      'Expires',
      'Content-Type',
      'X-token',
      'Vary',
      'P3P',
      'X-Request-Id',
      'X-Runtime',
      'X-Frame-Options',
      'X-Content-Type-Options',
      'X-XSS-Protection',
      'X-Download-Options',
      'X-Permitted-Cross-Domain-Policies',
      'Referrer-Policy',
      'Content-Length',
      'Date',
      'Connection',
      'Keep-Alive',
    ]);
  });

  it("is answered with the document's values of the headers", () => {
    const headers = Object.fromEntries(answer.headers);
    expect(headers).to.include({
      'Cache-Control': 'no-cache, no-store',
      Pragma: 'no-cache',
      Expires: 'Fri, 01 Jan 1990 00:00:00 GMT',
      'Content-Type': 'application/json; charset=utf-8',
      Vary: 'Accept-Encoding',
      P3P: 'CP="NOI ADM DEV PSAi COM NAV OUR OTRo STP IND DEM"',
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      'X-XSS-Protection': '1; mode=block',
      'X-Download-Options': 'noopen',
      'X-Permitted-Cross-Domain-Policies': 'none',
      'Referrer-Policy': 'origin-when-cross-origin, strict-origin-when-cross-origin',
      'Content-Length': '509',
    });
    expect(headers['X-Request-Id']).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(headers['X-Runtime']).to.match(/^\d+\.\d{6}$/);
  });

  it("is answered with the document's eight keys in 509 bytes", () => {
    const text = answer.body.toString();
    const { id, created_at } = JSON.parse(text) as { id: string; created_at: string };
    expect(text).to.equal(
      `{"id":"${id}","organization_id":"${ORGANIZATION}","image_id":null,"import_type":"salesforce",` +
        '"album_id":"5005800000HEXCtAAP","params":{"album_id":"5005800000HEXCtAAP","filename":"Image456.jpg",' +
        '"import_type":"salesforce","metadatas":{"contentDocumentId":"0694I000008HV8MQAW"},' +
        '"content_document_id":"0694I000008HV8MQAW","controller":"api/v1/imports","action":"create"},' +
        `"created_at":"${created_at}","updated_at":"${created_at}"}`,
    );
    expect(answer.body.length).to.equal(509);
    expect(created_at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0[12]:00$/);
  });

  it('is answered with a fresh token, which is accepted, too', async () => {
    const fresh = Object.fromEntries(answer.headers)['X-token'] ?? '';
    expect(fresh.split('.')[0]).to.equal(token.split('.')[0]);
    const next = await service.request('/api/v1/imports', { headers: { Authorization: `Bearer ${fresh}` } });
    expect(next.status).to.equal(200);
  });
});
