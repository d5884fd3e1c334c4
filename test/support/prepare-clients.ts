import { missingPython, pythonTools, typescriptTools } from './client-tools.ts';

/** `npm run pretest`: what makes clients for the tests is there before they begin. */
await Promise.all([typescriptTools(), missingPython() === undefined && pythonTools()]);
