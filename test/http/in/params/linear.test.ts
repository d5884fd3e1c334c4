import { expect } from 'chai';
import { isSameRequest } from '../../../../src/commands/same-request.ts';
import type { Params } from '../../../../src/events/import-events.ts';
import { BadParameters } from '../../../../src/http/in/params/bad-parameters.ts';
import { redactor } from '../../../../src/redaction/redact.ts';
import { processorMs } from '../../../support/processor-time.ts';
import { FORM, parse } from './parse.ts';

/** On a busy machine, sixteen times the text may take much longer than sixteen times the time, but not 256 times. */
const SMALL = 1 << 12;
const LARGE = 1 << 16;
const MOST_TIMES_AS_LONG = 100;
/** A shorter time is noise. */
const LEAST_MS = 0.5;

const redact = redactor([['metadatas', 'ssn']]);

/** The work of a POST on its parameters, including that of a repeated POST. */
function handle(type: string, body: string, query = ''): void {
  let params: Params;
  try {
    params = parse(type, Buffer.from(body, 'latin1'), query);
  } catch (error) {
    if (error instanceof BadParameters) return;
    throw error;
  }
  const { recorded, taken } = redact(params);
  const redacted = taken.map(({ place }) => place);
  isSameRequest({ params: recorded, redacted }, { params: { ...recorded }, redacted });
  isSameRequest({ params: recorded }, { params: { ...recorded }, redacted });
}

/** The fastest of three runs, or the first that is fast enough. */
function fastestMs(enoughMs: number, run: () => void, nowMs = () => performance.now()): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 3 && fastest > enoughMs; count += 1) {
    const beginMs = nowMs();
    run();
    fastest = Math.min(fastest, nowMs() - beginMs);
  }
  return fastest;
}

function expectLinear(what: string, ofLength: (length: number) => () => void): void {
  const mostMs = MOST_TIMES_AS_LONG * Math.max(LEAST_MS, fastestMs(LEAST_MS, ofLength(SMALL)));
  // What waits for the processor on a busy machine is not slow.
  expect(fastestMs(mostMs, ofLength(LARGE), processorMs), what).to.be.lessThan(mostMs);
}

const filled = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** Texts that some parser looks for, or backtracks on. */
const TEXTS = [
  ...[' ', '\t', '\r\n', '\n ', '\0', 'a', '0', '-', '=', ':', '@', '/', '\\', '?', '#', '&', ';', ',', '%', '+', '"'],
  ...["'", '[', ']', '{', '}', '.', 'é', '[]', '[a]', '[][b]', '%41', '%ff', '\\"', '\\u0041', 'a:', 'a@', 'a=', '&a='],
  ...[';a=', '; a="', ';a=\\"', '"a":', '[{"', 'eyJ', 'eyJ.', '//a@', 'http:', 'a://', 'bearer ', 'sig=&', '&sv=1'],
  ...['&sig=a', '#token=', '/v0/b/', '[FILTERED]', '=[FILTERED]&', '-0,', '1.0,', '1e', '--b', '\r\n--b', '\r\n--'],
  'content-disposition:',
];

describe('parameters are handled in linear time', () => {
  const places: readonly [where: string, type: string, begin: string, end: string][] = [
    ['as a name of a form', FORM, '', ''],
    ['as a value of a form', FORM, 'a=', ''],
    ['as a URL of a form', FORM, 'url=', ''],
    ['in a list of a form', FORM, 'a[][b]=1&a[]', ''],
    ['as JSON', 'application/json', '', ''],
    ['as a text of JSON', 'application/json', '{"n":1.0,"a":"', '"}'],
    ['as a name of JSON', 'application/json', '{"n":1.0,"', '":1}'],
    ['as a header of JSON', 'application/json', '{"headers":{"', '":"x"}}'],
    ['as a URL of JSON', 'application/json', '{"url":"', '"}'],
    ['as a URL with a query', 'application/json', '{"url":"https://u:p@h/?sig=1&sv=', '"}'],
    ['as a number of JSON', 'application/json', '[1', ']'],
    ['as a part', 'multipart/form-data; boundary=b', '--b\r\n', '\r\n--b--'],
    [
      'as a name of a part',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="',
      '"\r\n\r\n1\r\n--b--',
    ],
    [
      'as parameters of a part',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data',
      '\r\n\r\n1\r\n--b--',
    ],
    [
      'as a value of a part',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="url"\r\n\r\n',
      '\r\n--b--',
    ],
  ];
  for (const [where, type, begin, end] of places) {
    it(where, () => {
      for (const text of TEXTS) {
        expectLinear(JSON.stringify(text), (length) => {
          const sent = filled(text, length);
          return () => {
            handle(type, begin + sent + end);
            // An expression that fails at the end backtracks.
            handle(type, `${begin}a:${sent}x${end}`);
          };
        });
      }
    });
  }

  it('as a media type and as a query', () => {
    for (const text of TEXTS) {
      expectLinear(JSON.stringify(text), (length) => {
        const sent = filled(text, length);
        return () => {
          handle(`multipart/form-data;${sent}`, 'a=1');
          handle(FORM, '', `${sent}x`);
        };
      });
    }
  });
});
