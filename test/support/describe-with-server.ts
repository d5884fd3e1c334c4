/** Time to build a server for the first time, which loads and compiles all of its parts, and to start it. */
const READY_MS = 630_000;

/**
 * Describes tests that need a server. If it cannot be started, they are pending and say why; if `CI` is set, they fail.
 * @param missing why it cannot be started
 * @param prepare is awaited before the tests
 */
export function describeWithServer(
  missing: string | undefined,
  title: string,
  body: () => void,
  prepare: () => unknown,
): void {
  if (missing !== undefined && !process.env.CI) {
    describe.skip(`${title} (${missing})`, body);
    return;
  }
  describe(title, () => {
    before('the server', async function () {
      this.timeout(READY_MS);
      if (missing !== undefined) throw new Error(missing);
      await prepare();
    });
    body();
  });
}
