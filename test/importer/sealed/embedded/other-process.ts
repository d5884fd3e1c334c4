import { EmbeddedSealedStore } from '../../../../src/importer/sealed/embedded/embedded-sealed-store.ts';
import { answerCalls } from '../../../support/start-other-process.ts';

/** Opens the sealed credentials in the file that it is given, and makes the calls that it is asked for. */

answerCalls(new EmbeddedSealedStore({ file: process.argv[2] as string }));
