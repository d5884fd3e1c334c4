import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';

interface Services {
  readonly [name: string]: { readonly image: string; readonly environment?: object; readonly env?: object };
}

/** The tests connect without TLS, so without accounts. */
const WITHOUT_TLS = { KURRENTDB_INSECURE: 'true' };
const OF_TLS = /^KURRENTDB_(.*CERTIFICATE.*|DEFAULT_.*_PASSWORD)$/;

const withoutTls = (environment: object = {}) => {
  const left = Object.entries(environment).filter(([name]) => !OF_TLS.test(name));
  return { ...Object.fromEntries(left), ...(left.length < Object.keys(environment).length && WITHOUT_TLS) };
};

/** What the one takes from its surroundings, as the other has it. */
const secretsOf = (ours: object = {}, theirs: object = {}) => {
  const names = Object.entries(ours).flatMap(([name, value]) => (String(value).startsWith('${') ? [name] : []));
  return Object.fromEntries(Object.entries(theirs).filter(([name]) => names.includes(name)));
};

const read = (file: string) => parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'), { merge: true });

describe('the workflow of GitHub', () => {
  const { jobs } = read('.github/workflows/ci.yml');

  it('tries the store adapters on the servers of compose.yaml', () => {
    const ours: Services = read('compose.yaml').services;
    const tried: Services = jobs.contracts.services;
    expect(Object.keys(tried)).to.have.members(['kurrentdb', 'mongodb']);
    for (const [name, { image, env }] of Object.entries(tried)) {
      expect([name, image]).to.deep.equal([name, ours[name]?.image]);
      const environment = withoutTls(ours[name]?.environment);
      expect({ ...environment, ...secretsOf(environment, env) }).to.deep.equal(env);
    }
  });

  it('pins each action to a release', () => {
    const steps: { uses?: string }[] = [...jobs.everything.steps, ...jobs.contracts.steps];
    const used = steps.flatMap(({ uses = [] }) => uses);
    expect(used).to.have.length.at.least(4);
    expect(used.filter((action) => !/@v\d+\.\d+\.\d+$/.test(action))).to.deep.equal([]);
  });
});
