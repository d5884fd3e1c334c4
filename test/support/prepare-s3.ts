import { prepareS3 } from './s3.ts';

/** `npm run pretest`: builds the server for S3, which takes a minute, before the tests begin. */
await prepareS3();
