import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { describeWithMongoJavaServer, startMongoJavaServer } from './mongo-java-server.ts';

describeWithMongoJavaServer('mongo-java-server', () => {
  it('applies one of many conditional updates of a document, and says if there is nothing to drop', async () => {
    const server = await startMongoJavaServer();
    const client = new MongoClient(server.url('test'));
    const counters = client.db().collection<{ _id: string; revision: number }>('counters');
    await counters.insertOne({ _id: 'one', revision: 0 });
    for (let revision = 0; revision < 20; revision += 1) {
      const update = () => counters.updateOne({ _id: 'one', revision }, { $inc: { revision: 1 } });
      const results = await Promise.all(Array.from({ length: 20 }, update));
      expect(results.filter(({ matchedCount }) => matchedCount === 1)).to.have.length(1);
    }
    expect(await client.db().collection('nothing').drop()).to.equal(false);
    await client.close();
    await server.remove();
  });
});
