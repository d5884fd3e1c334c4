/** Settings are wrong or missing. The message names each one and says what to set. */
export class BadConfig extends Error {
  readonly code = 'bad_config';

  constructor(faults: readonly string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'BadConfig';
  }
}
