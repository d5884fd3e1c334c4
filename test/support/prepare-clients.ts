import { missingPython, pythonTools, typescriptTools } from './client-tools.ts';

/** `npm run pretest`: loads the client generators before the tests begin. */
await Promise.all([typescriptTools(), missingPython() === undefined && pythonTools()]);
