import { expect } from 'chai';
import { answersIn } from '../../fuzz/conversation.ts';

describe('the bytes that the fuzzer received on a connection', () => {
  const answer = (status: number, body: string) =>
    `HTTP/1.1 ${status} X\r\nA: b\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const toHead = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
  const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

  for (const [what, received, statuses, problem] of [
    ['is nothing', '', [], null],
    ['is a row of answers', answer(200, '\nHTTP/1.1 500 X') + answer(503, ''), [200, 503], null],
    ['may have answers without a body', `${toHead}${answer(404, 'x')}HTTP/1.1 304 X\r\n\r\n`, [200, 404, 304], null],
    ['may begin with 100', goOn + answer(200, '{}'), [200], null],
    ['may be no answer', `${answer(200, '{}')}x`, [200], 'the bytes after 1 answers are no answer'],
    ['may break off in headers', answer(200, '').slice(0, 30), [], 'an answer breaks off in its headers'],
    ['may break off in a body', answer(200, '{}').slice(0, -1), [200], 'an answer breaks off in its body'],
  ] as const) {
    it(what, () => {
      expect(answersIn(Buffer.from(received))).to.deep.equal({ statuses, problem });
    });
  }
});
