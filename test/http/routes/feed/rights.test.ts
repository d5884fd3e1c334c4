import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { secretDecider } from '../../../../src/commands/secret.ts';
import { streamName } from '../../../../src/events/streams.ts';
import { newEvent } from '../../../support/events.ts';
import { allPages, EVENTS, openStream, type ReadStream, readPage } from '../../../support/feed.ts';
import { JWT_SECRET, ORGANIZATION, testService } from '../../../support/service.ts';
import { until } from '../../../support/until.ts';

const SECRET = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';

describe('rights to the feed', () => {
  const service = testService();
  let secret: string;
  const open = (authorization: string, query = '') => openStream(`${service.url}${EVENTS}${query}`, authorization);
  const ofAlbums = (...albums: string[]) => {
    const abilities = Object.fromEntries(albums.map((album) => [album, { Access: { image_upload: true } }]));
    return `Token ${jwt.sign({ iss: SECRET, abilities }, secret)}`;
  };
  const begun = async (stream: ReadStream) => {
    await until('it has begun', () => stream.heartbeats() === 1);
    return stream;
  };
  const endOf = (stream: ReadStream) => until('it is over', () => stream.isOver());

  before(async () => {
    secret = await service.issueSecret(SECRET, ORGANIZATION);
    for (const album of ['a', 'b', 'a', 'c']) await service.post(`album_id=${album}`);
  });

  describe('of a token for single albums', () => {
    it('are those to the events of the album that it names', async () => {
      const headers = { Authorization: ofAlbums('a', 'b') };
      const albums = async (album: string) =>
        (await allPages(service, `?album_id=${album}`, headers)).map(({ data }) => data.album_id);
      expect([await albums('a'), await albums('b')]).to.deep.equal([['a', 'a'], ['b']]);
      const stream = await begun(await open(headers.Authorization, '?album_id=a'));
      await service.post('album_id=b');
      await service.post('album_id=a');
      await until('it came', () => stream.events.length > 0);
      expect(stream.events.map(({ data }) => data.album_id)).to.deep.equal(['a']);
      stream.close();
    });

    it('are refused with the reason if it names none, or another', async () => {
      const Authorization = ofAlbums('a');
      for (const query of ['', '?album_id=c', '?subject=3d172b54-f40f-4df9-9342-0b042fac5382']) {
        for (const Accept of ['application/json', 'text/event-stream']) {
          const answer = await service.request(`${EVENTS}${query}`, { headers: { Authorization, Accept } });
          expect(answer.status).to.equal(403);
          expect(((await answer.json()) as { detail: string }).detail).to.match(/album/);
        }
      }
    });
  });

  describe('that have ended', () => {
    let user: string;

    beforeEach(async () => {
      user = randomUUID();
      await service.register(user, ORGANIZATION);
    });

    it('with a user, end their streams and waiting requests, and nothing is sent after that', async () => {
      const Authorization = service.authorization(user);
      const stream = await begun(await open(Authorization));
      const { next } = await readPage(service, '?limit=500');
      const waiting = service.request(next, { headers: { Authorization, Prefer: 'wait=30' } });
      await until('it waits', () => service.service.services.streams.open === 2);
      await service.remove(user);
      // With its time it would be answered with 200.
      expect((await waiting).status).to.equal(401);
      await endOf(stream);
      await service.post('album_id=a');
      expect(stream.events).to.deep.equal([]);
    });

    it('with a secret, end its streams', async () => {
      const id = randomUUID();
      const key = await service.issueSecret(id, ORGANIZATION);
      const stream = await begun(await open(`Token ${jwt.sign({ iss: id, admin: true }, key)}`));
      const context = { organization_id: ORGANIZATION, operator: 'test', request_id: 'test' };
      const { execute } = service.service.services;
      await execute(secretDecider, streamName('secret', id), { type: 'RevokeSecret' }, context);
      await endOf(stream);
    });

    it('end the stream of a user with another role', async () => {
      const operator = randomUUID();
      await service.register(operator, ORGANIZATION, 'operator');
      const stream = await begun(await open(service.authorization(operator)));
      // No command does it yet, but the log may say so.
      const { log } = service.service.services;
      const fact = { type: 'UserRegistered', data: { organization_id: ORGANIZATION, role: 'member' } };
      await log.append(streamName('user', operator), [newEvent(fact)], 0);
      await endOf(stream);
    });

    it('with a token, end a stream and a waiting request at its exp', async () => {
      // Time enough for a busy machine to open both.
      const exp = Math.floor(Date.now() / 1000) + 5;
      const Authorization = `Token ${jwt.sign({ exp, user_id: user }, JWT_SECRET)}`;
      const stream = await begun(await open(Authorization));
      const { next } = await readPage(service, '?limit=500');
      const waiting = service.request(next, { headers: { Authorization, Prefer: 'wait=30' } });
      await endOf(stream);
      expect(Date.now() - exp * 1000).to.be.at.least(-5);
      expect((await waiting).status).to.equal(401);
    });

    it('are noticed by a stream whose events come without a pause', async () => {
      const stream = await begun(await open(service.authorization(user)));
      let isOver = false;
      const writing = (async () => {
        while (!isOver) await service.post('album_id=a');
      })();
      await until('some came', () => stream.events.length > 10);
      await service.remove(user);
      await endOf(stream);
      isOver = true;
      await writing;
    });
  });
});
