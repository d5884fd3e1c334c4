import { expect } from 'chai';
import { redactUrl } from '../../src/redaction/redact-url.ts';

/** Each as it is sent, and as it is recorded if that differs. */
type Cases = readonly (readonly [sent: string, recorded?: string])[];

function each(cases: Cases): void {
  for (const [sent, recorded = sent] of cases) {
    it(`${JSON.stringify(sent)} ${recorded === sent ? 'is left as it is' : `becomes ${JSON.stringify(recorded)}`}`, () => {
      expect(redactUrl(sent)).to.equal(recorded);
      expect(redactUrl(recorded), 'once more').to.equal(recorded);
    });
  }
}

describe('the user info of a URL', () => {
  each([
    ['https://user:pass@host/a.jpg', 'https://[FILTERED]@host/a.jpg'],
    ['https://ghp_token@host/', 'https://[FILTERED]@host/'],
    ['https://:pass@host/', 'https://[FILTERED]@host/'],
    ['https://user:p@ss@host/a@b', 'https://[FILTERED]@host/a@b'],
    ['https://u%40x:p%3A@host', 'https://[FILTERED]@host'],
    ['HTTPS://User:Pass@HOST/A', 'HTTPS://[FILTERED]@HOST/A'],
    ['  https://user:pass@host/', '  https://[FILTERED]@host/'],
    ['\u0000\u00a0\ufeff https://user:pass@host/', '\u0000\u00a0\ufeff https://[FILTERED]@host/'],
    ['"https://user:pass@host/"', '"https://[FILTERED]@host/"'],
    ['ht\ntps:\t/\r/us\ner:pass@host/', 'ht\ntps:\t/\r/[FILTERED]@host/'],
    ['http:/user:pass@host/', 'http:/[FILTERED]@host/'],
    ['http:user:pass@host/', 'http:[FILTERED]@host/'],
    ['http:////user:pass@host/', 'http:////[FILTERED]@host/'],
    ['http:\\\\user:pass@host\\a', 'http:\\\\[FILTERED]@host\\a'],
    ['https:/\\user:pass@host/', 'https:/\\[FILTERED]@host/'],
    ['//user:pass@host/', '//[FILTERED]@host/'],
    ['ftp://user:pass@host/', 'ftp://[FILTERED]@host/'],
    ['ssh://git@host/name.git', 'ssh://[FILTERED]@host/name.git'],
    ['s3+https://user:pass@host/', 's3+https://[FILTERED]@host/'],
    ['url:https://user:pass@host/', 'url:https://[FILTERED]@host/'],
    ['view-source:blob:https://user:pass@host/', 'view-source:blob:https://[FILTERED]@host/'],
    ['https://user:pass@[::1]:8080/', 'https://[FILTERED]@[::1]:8080/'],
    ['https://user:pass@host?a@b', 'https://[FILTERED]@host?a@b'],
    ['https://user:pass@host#a@b', 'https://[FILTERED]@host#a@b'],
    // As curl reads these.
    ['user:pass@host/a.jpg', '[FILTERED]@host/a.jpg'],
    ['https://CORP\\bob:pass@host/', 'https://[FILTERED]@host/'],
    // No valid URLs, but nobody shall find the rest of the password in the record.
    ['https://user:pa/ss@host/b@c', 'https://[FILTERED]@host/b@c'],
    ['https://user:pa?ss@host/', 'https://[FILTERED]@host/'],
    ['https://user:pa#s@s@host/', 'https://[FILTERED]@host/'],
    ['https://user:pass@', 'https://[FILTERED]@'],
  ]);

  describe('is not at other places', () => {
    each([
      ['https://host/@user/a@2x.png'],
      ['https://host:8080/a:b@c'],
      ['https://[::1]/a:b@c'],
      ['https://host:80\\a/b@c'],
      ['https://host?q=a:b@c'],
      ['https://host/?to=https://user:pass@host/'],
      ['https://@host/'],
      ['file:///home/a:b@c/d.jpg'],
      ['/a:b@c/d.jpg'],
      ['C:\\me@home\\a.jpg'],
      ['foo:///a:b@c'],
      ['name@host.example'],
      ['git@github.com:owner/name.git'],
      ['mailto:name@host.example'],
      ['see: name@host.example'],
      ['Image@2x.jpg'],
      ['host:8080/b@c'],
      [''],
      ['@'],
    ]);
  });

  /** What `URL` itself takes for user info, in every spelling that it reads. */
  it('is found wherever WHATWG finds it, and nothing else is touched', () => {
    let found = 0;
    for (const before of ['', ' ', '\n\t', '\u0001'])
      for (const scheme of ['http:', 'HTTPS:', 'h\tttp:', 'ws:', 'ftp:', 'foo:', 'a.b+c-1:'])
        for (const slashes of ['//', '', '/', '\\', '/\t/', '\\/', '///'])
          for (const userInfo of [
            'SECRET',
            'u:SECRET',
            ':SECRET',
            'u@SECRET',
            'u:S@SECRET',
            'u\n:SECRET',
            'u\'"<>:SECRET',
            'é:SECRET',
          ])
            for (const rest of ['h', 'h:1/p@q', 'h?a@b', 'h#a@b', '[::1]/@', 'h/\\@'])
              if (isUserInfo(`${before}${scheme}${slashes}${userInfo}@${rest}`)) {
                found += 1;
                expect(redactUrl(`${before}${scheme}${slashes}${userInfo}@${rest}`)).to.equal(
                  `${before}${scheme}${slashes}[FILTERED]@${rest}`,
                );
              }
    expect(found).to.be.greaterThan(1_000);
  });
});

function isUserInfo(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return `${username}${password}`.includes('SECRET');
}

const F = '[FILTERED]';
const V4 =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F2&X-Amz-Date=2026&X-Amz-Expires=60&X-Amz-SignedHeaders=host';
const V4_TAKEN = `X-Amz-Algorithm=${F}&X-Amz-Credential=${F}&X-Amz-Date=${F}&X-Amz-Expires=${F}&X-Amz-SignedHeaders=${F}`;

describe('the signature of a URL', () => {
  describe('is taken out with all that its signer adds', () => {
    each([
      // Amazon S3
      [
        `https://b.s3.amazonaws.com/k?${V4}&X-Amz-Signature=ab`,
        `https://b.s3.amazonaws.com/k?${V4_TAKEN}&X-Amz-Signature=${F}`,
      ],
      [
        'https://b/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Security-Token=t&X-Amz-Signature=ab&x-id=GetObject&versionId=3',
        `https://b/k?X-Amz-Content-Sha256=${F}&X-Amz-Security-Token=${F}&X-Amz-Signature=${F}&x-id=GetObject&versionId=3`,
      ],
      [
        'https://b/k?X-Amz-S3session-Token=t&X-Amz-Signature=ab',
        `https://b/k?X-Amz-S3session-Token=${F}&X-Amz-Signature=${F}`,
      ],
      [
        'https://b/k?AWSAccessKeyId=AK&Expires=1&Signature=a%2Bb%3D',
        `https://b/k?AWSAccessKeyId=${F}&Expires=${F}&Signature=${F}`,
      ],
      // Google Cloud Storage
      [
        'https://storage.googleapis.com/b/k?X-Goog-Algorithm=G&X-Goog-Credential=c&X-Goog-Date=d&X-Goog-Expires=9&X-Goog-SignedHeaders=host&X-Goog-Signature=s',
        `https://storage.googleapis.com/b/k?X-Goog-Algorithm=${F}&X-Goog-Credential=${F}&X-Goog-Date=${F}&X-Goog-Expires=${F}&X-Goog-SignedHeaders=${F}&X-Goog-Signature=${F}`,
      ],
      [
        'https://g/k?GoogleAccessId=a@b&Expires=1&Signature=s',
        `https://g/k?GoogleAccessId=${F}&Expires=${F}&Signature=${F}`,
      ],
      // Azure
      [
        'https://a.blob.core.windows.net/c/k?sv=2022&st=1&se=2&sr=b&sp=r&spr=https&sig=s%3D&rscd=inline&snapshot=1',
        `https://a.blob.core.windows.net/c/k?sv=${F}&st=${F}&se=${F}&sr=${F}&sp=${F}&spr=${F}&sig=${F}&rscd=inline&snapshot=1`,
      ],
      [
        'https://a/k?skoid=1&sktid=2&skt=3&ske=4&sks=b&skv=5&sv=6&sig=s',
        `https://a/k?skoid=${F}&sktid=${F}&skt=${F}&ske=${F}&sks=${F}&skv=${F}&sv=${F}&sig=${F}`,
      ],
      ['https://a/k?se=2&sp=r&sr=b&sig=s', `https://a/k?se=${F}&sp=${F}&sr=${F}&sig=${F}`],
      // CloudFront
      [
        'https://d.cloudfront.net/k?size=2&Expires=1&Signature=s~-&Key-Pair-Id=K',
        `https://d.cloudfront.net/k?size=2&Expires=${F}&Signature=${F}&Key-Pair-Id=${F}`,
      ],
      [
        'https://d/k?Policy=p_&Signature=s&Key-Pair-Id=K&Hash-Algorithm=SHA256',
        `https://d/k?Policy=${F}&Signature=${F}&Key-Pair-Id=${F}&Hash-Algorithm=${F}`,
      ],
      // Firebase
      [
        'https://firebasestorage.googleapis.com/v0/b/b.appspot.com/o/a%2Fk.jpg?alt=media&token=7c0d',
        `https://firebasestorage.googleapis.com/v0/b/b.appspot.com/o/a%2Fk.jpg?alt=media&token=${F}`,
      ],
      // Dropbox
      [
        'https://www.dropbox.com/scl/fi/id/k.jpg?rlkey=r&st=s&dl=1',
        `https://www.dropbox.com/scl/fi/id/k.jpg?rlkey=${F}&st=${F}&dl=1`,
      ],
    ]);
  });

  describe('is found however it is written', () => {
    each([
      ['k?x-amz-signature=ab', `k?x-amz-signature=${F}`],
      ['https://b/k?X%2DAmz%2dSignature=ab', `https://b/k?X%2DAmz%2dSignature=${F}`],
      ['https://b/k?%58-%41mz-Signature=ab', `https://b/k?%58-%41mz-Signature=${F}`],
      ['https://b/k?X-Amz-Sig\n\tnature=ab', `https://b/k?X-Amz-Sig\n\tnature=${F}`],
      ['https://b/k?s%69g=a&%73v=1', `https://b/k?s%69g=${F}&%73v=${F}`],
      ['https://b/k#1.jpg?X-Amz-Signature=ab', `https://b/k#1.jpg?X-Amz-Signature=${F}`],
      ['https://b/k#X-Amz-Signature=ab', `https://b/k#X-Amz-Signature=${F}`],
      ['https://b/k?X-Amz-Signature=ab#part', `https://b/k?X-Amz-Signature=${F}#part`],
      ['https://b/k?a=1?X-Amz-Signature=ab', `https://b/k?a=1?X-Amz-Signature=${F}`],
      ['https://b/k?a=1;X-Amz-Signature=ab&c', `https://b/k?a=1;X-Amz-Signature=${F}&c`],
      ['https://b/k?sig=a;b;sv=1', `https://b/k?sig=${F}`],
      ['https://b/k?X-Amz-Signature=a=b==&c', `https://b/k?X-Amz-Signature=${F}&c`],
      ['https://b/k?sig=1&sig=2&sv=3', `https://b/k?sig=${F}&sig=${F}&sv=${F}`],
      ['https://u:p@b/k?X-Amz-Signature=ab', `https://${F}@b/k?X-Amz-Signature=${F}`],
      ['https://u:p?X-Amz-Signature=ab@b/k', `https://${F}${F}`],
      ['https://u:p?X-Amz-Signature=ab&c@b/k', `https://${F}@b/k`],
      ['no url?X-Amz-Signature=ab', `no url?X-Amz-Signature=${F}`],
    ]);
  });

  describe('is not a part that only looks like one', () => {
    each([
      ['https://h/?sig=abc'],
      ['https://h/?sig=abc&v=2'],
      ['https://h/?sv=2&st=x&se=y&sp=z'],
      ['https://h/?token=abc&alt=media'],
      ['https://h/v0/b/o/?token=abc'],
      ['https://h/?token=abc&next=/v0/b/c/o/d'],
      ['https://h/?signature=abc&expires=1'],
      ['https://h/?Policy=p&Expires=1&Key-Pair-Id=K'],
      ['https://h/?st=1&dl=0'],
      ['https://h/?key=AIza&access_token=abc&api_key=d'],
      ['https://h/x-amz-signature=ab&c=d'],
      ['https://h/?x-amz-signature'],
      ['https://h/?x-amz-signature=&a=1'],
      ['https://h/?ax-amz-signature=ab&x-amz-signature2=b'],
      ['https://h/?to=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3Dab'],
    ]);
  });

  it('is taken out with the rest of the URL among more parameters than any signer adds', () => {
    const many = Array(1_000).fill('st=1').join('&');
    expect(redactUrl(`https://h/?a=1&${many}&sv=2&sig=SECRET`)).to.equal(`https://h/?a=1&st=${F}`);
  });
});
