import { prepareMongoJavaServer } from './mongo-java-server.ts';
import { prepareMongodb } from './mongodb.ts';

/** `npm run pretest`: builds MongoDB servers, which takes long, before the tests begin. */
await Promise.all([prepareMongodb(), prepareMongoJavaServer()]);
