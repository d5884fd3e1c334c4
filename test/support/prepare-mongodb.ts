import { prepareMongoJavaServer } from './mongo-java-server.ts';
import { prepareMongodb } from './mongodb.ts';

/** `npm run pretest`: what the tests need and what takes long is there before they begin. */
await Promise.all([prepareMongodb(), prepareMongoJavaServer()]);
