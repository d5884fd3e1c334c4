import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { contentVersion, fakeId } from '../../../support/salesforce/files.ts';
import { ATTACHMENT, app, IMAGE, ORGANIZATION, pauseMinutes, salesforceForTests } from './salesforce-for-tests.ts';

describe('the source Salesforce', () => {
  const at = salesforceForTests();
  const { connect, newSource, fetchIt, failure } = at;

  describe('fetches', () => {
    it('the latest version of a document', async () => {
      expect(await fetchIt()).to.deep.equal({
        source: {
          ...{ kind: 'salesforce', host: new URL(at.salesforce.url).host, record: 'ContentVersion' },
          ...{ organization_id: fakeId('00D', 7), user_id: fakeId('005', 7) },
          ...{ record_id: fakeId('068', 1_001), version_number: '1' },
        },
        ...{ filename: 'Picture.png', bytes: IMAGE.length },
        md5: createHash('md5').update(IMAGE).digest('hex'),
      });
      expect(at.last.bytes().equals(IMAGE)).to.equal(true);
      expect(at.last.expected).to.deep.equal([IMAGE.length]);
    });

    it('the very version that is named', async () => {
      at.salesforce.faults.add('new_version', 1);
      await fetchIt();
      const old = await fetchIt({ content_document_id: fakeId('068', 1_001) });
      expect(old.source).to.include({ version_number: '1', record_id: fakeId('068', 1_001) });
      expect((await fetchIt()).source).to.include({ version_number: '2' });
    });

    it('an attachment, of which no checksum is known', async () => {
      const fetched = await fetchIt(ATTACHMENT);
      expect(fetched.source).to.include({ record: 'Attachment', record_id: fakeId('00P', 1), version_number: null });
      expect(fetched).to.include({ filename: 'Picture.png', bytes: IMAGE.length, md5: null });
      expect(at.last.bytes().equals(IMAGE)).to.equal(true);
    });

    it('by an id without its checksum', async () => {
      expect((await fetchIt({ content_document_id: fakeId('069', 1).slice(0, 15) })).bytes).to.equal(IMAGE.length);
    });

    it('with the secret of the connection', async () => {
      at.connection = connect({ login: 'client_credentials', username: null, client_id: app.clientId });
      expect(await failure()).to.include({ reason: 'connection_refused' });
      at.secret = app.secret;
      at.source = newSource();
      expect((await fetchIt()).bytes).to.equal(IMAGE.length);
    });

    it('a title with its extension only once', async () => {
      at.salesforce.files.unshift(contentVersion(1, 2, IMAGE, 'Picture.PNG'));
      expect((await fetchIt()).filename).to.equal('Picture.PNG');
    });

    it('and reports each request, without what it asked for and without a token', async () => {
      await fetchIt();
      const { url } = at.salesforce;
      expect(at.last.calls.map(({ request, status, error }) => ({ request, status, error }))).to.deep.equal([
        { request: `POST ${url}/services/oauth2/token`, status: 200, error: null },
        { request: `GET ${url}/services/data/v68.0/query`, status: 200, error: null },
        {
          request: `GET ${url}/services/data/v68.0/sobjects/ContentVersion/${fakeId('068', 1_001)}/VersionData`,
          ...{ status: 200, error: null },
        },
      ]);
    });

    it('what the version had when it was asked for, if there is a new one since', async () => {
      at.salesforce.faults.add('new_version');
      expect((await fetchIt()).source).to.include({ version_number: '1' });
      expect(at.last.bytes().equals(IMAGE)).to.equal(true);
    });
  });

  describe('logs in', () => {
    it('once for all imports of a connection', async () => {
      await Promise.all([fetchIt(), fetchIt(), fetchIt(ATTACHMENT)]);
      await fetchIt();
      expect(at.salesforce.loginCount).to.equal(1);
    });

    it('once again for all imports whose token dies in mid-run', async () => {
      await fetchIt();
      at.salesforce.logins.endAll();
      await Promise.all([fetchIt(), fetchIt(), fetchIt()]);
      expect(at.salesforce.loginCount).to.equal(2);
      at.salesforce.faults.add('token_dies', 1);
      await fetchIt();
      expect(at.salesforce.loginCount).to.equal(3);
    });

    it('only once again: a token that is refused at once pauses the connection', async () => {
      at.salesforce.faults.add('token_dies');
      const failed = await failure();
      expect(failed).to.include({ reason: 'connection_refused' });
      expect(failed.message).to.match(/refuses a token that it has just given/);
      expect(at.salesforce.loginCount).to.equal(2);
    });

    it('not again and again while it is refused', async () => {
      at.salesforce.faults.add('app_not_found');
      await Promise.all([failure(), failure()]);
      await failure();
      expect(at.salesforce.loginCount).to.equal(1);
    });

    it('anew with other settings', async () => {
      at.connection = connect({ username: 'nobody@acme.example' });
      const failed = await failure();
      expect(failed.message).to.match(/user hasn't approved this consumer.*pre-authorize/);
      at.connection = connect();
      await fetchIt();
      expect(at.salesforce.loginCount).to.equal(2);
    });

    it('with the audience of the connection, if it has one', async () => {
      at.salesforce.logins.audience = 'https://login.salesforce.com';
      expect((await failure()).message).to.match(/audience is invalid.*--audience/);
      at.connection = connect({ audience: 'https://login.salesforce.com' });
      await fetchIt();
    });

    it('to the app of the connection, if it has one of its own', async () => {
      at.connection = connect({ client_id: 'another app' });
      expect((await failure()).message).to.match(/client identifier invalid.*must be the app's consumer key/);
      at.connection = connect({ client_id: app.clientId });
      await fetchIt();
    });

    it('and sends the token only to its own host or one of Salesforce', async () => {
      at.salesforce.instanceUrl = 'https://127.0.0.1:4444';
      const failed = await failure();
      expect(failed).to.include({ reason: 'connection_refused' });
      expect(failed.message).to.match(/named https:\/\/127\.0\.0\.1:4444 as the place of the API/);
    });
  });

  describe('gives back what Salesforce says of the bytes', () => {
    it('even if it is wrong: the attempt compares it', async () => {
      at.salesforce.faults.add('wrong_md5');
      expect((await fetchIt()).md5).to.equal('d41d8cd98f00b204e9800998ecf8427e');
    });

    it('even if the bytes are fewer', async () => {
      at.salesforce.faults.add('wrong_length');
      expect((await fetchIt()).bytes).to.equal(IMAGE.length);
      expect(at.last.bytes()).to.have.lengthOf(IMAGE.length - 1);
    });

    it('or null, if it does not say', async () => {
      at.salesforce.faults.add('null_checksum');
      expect((await fetchIt()).md5).to.equal(null);
    });
  });

  describe('leaves a part of the API requests to others', () => {
    it('and stops when 90 % are used up, and says how many are', async () => {
      at.salesforce.budget.used = 13_495;
      await fetchIt();
      await fetchIt();
      expect(at.budgets.all()).to.have.lengthOf(1);
      expect(at.budgets.of(ORGANIZATION)).to.include({ used: 13_499, most: 15_000 });
      const failed = await failure();
      expect(failed).to.include({ reason: 'limit_exceeded' });
      expect(failed.message).to.match(/^13500 of the organization's 15000 API requests .* from 90 % on/);
      expect(pauseMinutes(failed)).to.equal(30);
    });

    it('and goes on when they are free again', async () => {
      at.salesforce.budget.used = 14_000;
      await failure();
      at.salesforce.budget.used = 100;
      await fetchIt();
    });
  });
});
