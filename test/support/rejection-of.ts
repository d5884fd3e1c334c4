import { expect } from 'chai';

/** The error that a promise is rejected with; a promise that is kept fails the test. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  return expect.fail('the promise was kept');
}
