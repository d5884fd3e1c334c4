/** Time for the first build of a server, which loads and compiles everything that it is made of, and for its start. */
const READY_MS = 630_000;

/**
 * Describes what needs a server. Where there can be none, its tests are pending and say why; where `CI` is set, they fail.
 * @param missing why there can be none
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
