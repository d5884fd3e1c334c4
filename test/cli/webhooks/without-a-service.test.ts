import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { newId } from '../../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../../support/embedded-data.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../../support/events.ts';
import { imports } from '../../support/imports.ts';

describe('npx imports webhooks without a service', () => {
  let data: EmbeddedData;
  const id = newId();

  before(async () => {
    data = embeddedData();
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    const registered = {
      ...{ organization_id: METADATA.organization_id, sees: 'organization', url: 'https://example.com/' },
      ...{ types: ['*'], album_id: null, thin: false, ordered: false, v1a: false },
      watermark: { log: newId(), service: 'elsewhere', position: '0', event: null },
    };
    await data.append(`webhook-${id}`, newEvent({ type: 'WebhookRegistered', data: registered }));
  });

  after(() => data.remove());

  it('reads without beginning or changing anything, whatever the views have seen', async () => {
    const directory = String(data.env.DATA_DIR);
    for (const isProjected of [false, true]) {
      if (isProjected) await data.project();
      const before = readdirSync(directory).map((file) => [file, readFileSync(join(directory, file)).toString('hex')]);
      const { stdout } = await imports(data.env, 'webhooks', 'list');
      expect(stdout).to.match(new RegExp(`^${id}\t.*\theld\t.*Its watermark is of another event log`));
      for (const typed of [`show ${id}`, `deliveries ${id}`, `recover ${id} --since 2019-01-01 --dry-run`]) {
        await imports(data.env, 'webhooks', ...typed.split(' '));
      }
      const after = readdirSync(directory).map((file) => [file, readFileSync(join(directory, file)).toString('hex')]);
      expect(after).to.deep.equal(before);
    }
  });

  it('lists deleted ones if that is asked for', async () => {
    const deleted = newEvent({ type: 'WebhookDeleted', data: {} });
    await data.with((log) => log.append(`webhook-${id}`, [deleted], 0));
    expect((await imports(data.env, 'webhooks', 'list')).stdout).to.equal('');
    expect((await imports(data.env, 'webhooks', 'list', '--deleted')).stdout).to.match(/\tdeleted\t/);
    expect((await imports(data.env, 'webhooks', 'show', id)).stderr).to.match(/^The webhook was deleted: /);
  });
});
