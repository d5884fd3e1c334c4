import { expect } from 'chai';

/** The error of a rejected promise. If the promise is fulfilled, the test fails. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  return expect.fail('the promise was kept');
}
