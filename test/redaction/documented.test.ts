import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CREDENTIAL_HEADERS } from '../../src/redaction/credential-headers.ts';
import { SIGNERS } from '../../src/redaction/signers.ts';

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

const quotedIn = (text: string) => Array.from(text.matchAll(/`([^`]+)`/g), ([, name = '']) => name.toLowerCase());

describe('docs/api.md', () => {
  it('lists the headers whose values are taken out', () => {
    const [, list = ''] = /^\*\*Headers\*\*.*?\n\n(.*?)\n\n/ms.exec(page) ?? [];
    expect(quotedIn(list)).to.deep.equal([...CREDENTIAL_HEADERS]);
  });

  it('lists what is taken out of each signer’s URLs, and how they are recognized', () => {
    const [, rows = ''] = /^\| Signer .*?\n.*?\n(.*?)\n\n/ms.exec(page) ?? [];
    const documented = rows.split('\n').map((row) => row.split('|').slice(2, 4).map(quotedIn));
    expect(documented.map(([, taken]) => taken)).to.deep.equal(SIGNERS.map(({ parameters }) => parameters));
    for (const [index, { marks }] of SIGNERS.entries()) {
      expect(documented[index]?.[0]).to.include.members(marks.flat());
    }
  });
});
