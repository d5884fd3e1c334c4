import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { hasEnded, newNodeName } from '../../../src/subscribers/webhooks/node-name.ts';

/** Runs a process of this machine that prints its name as a node. */
async function otherNode(then: string) {
  const module = new URL('../../../src/subscribers/webhooks/node-name.ts', import.meta.url).href;
  const program = `const { newNodeName } = await import('${module}'); console.log(newNodeName()); ${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'ignore'] });
  const [printed] = await once(child.stdout, 'data');
  return { name: String(printed).trim(), child };
}

describe('the name of a node', () => {
  it('is never used again', () => {
    expect(newNodeName()).not.to.equal(newNodeName());
  });

  it('tells of a process of this machine whether it has ended, if the system can say so', async () => {
    const { name, child } = await otherNode('process.stdin.resume()');
    expect(hasEnded(name)).to.equal(false);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(hasEnded(name)).to.equal(existsSync('/proc/self/ns/pid'));
  });

  it('tells nothing of a process elsewhere', () => {
    const [id] = newNodeName().split(' ');
    expect(hasEnded(`${id} another-boot/pid:[1] 999999`)).to.equal(false);
    expect(hasEnded(id as string)).to.equal(false);
  });
});
