import { type IssueSecret, secretDecider } from '../../src/commands/secret.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { given } from '../support/given.ts';

const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
const issue: IssueSecret = { type: 'IssueSecret', organization_id: ORGANIZATION };
const revoke = { type: 'RevokeSecret' } as const;
const issued: Fact = { type: 'SecretIssued', data: { organization_id: ORGANIZATION } };
const revoked: Fact = { type: 'SecretRevoked', data: {} };

describe('a secret', () => {
  it('is issued to an organization', () => {
    given(secretDecider).when(issue).then(issued);
  });

  it('is issued once', () => {
    given(secretDecider, issued).when(issue).thenRefused('secret_exists');
  });

  it('is revoked', () => {
    given(secretDecider, issued).when(revoke).then(revoked);
  });

  it('needs no event if it is revoked again', () => {
    given(secretDecider, issued, revoked).when(revoke).then();
  });

  it('is not issued again after it was revoked', () => {
    given(secretDecider, issued, revoked).when(issue).thenRefused('secret_exists');
  });

  it('cannot be revoked if it was never issued', () => {
    given(secretDecider).when(revoke).thenRefused('secret_unknown');
  });
});
