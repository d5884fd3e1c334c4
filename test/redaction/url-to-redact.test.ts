import { expect } from 'chai';
import { redactUrl } from '../../src/redaction/redact-url.ts';

const F = '[FILTERED]';

/** @param cases URLs as they are sent, in which what is not recorded stands between ‹ and › */
function each(cases: readonly string[]): void {
  for (const marked of cases) {
    const [sent, recorded] = [marked.replace(/[‹›]/g, ''), marked.replace(/‹[^›]+›/g, F)];
    it(`${JSON.stringify(sent)} ${recorded === sent ? 'is left as it is' : `becomes ${JSON.stringify(recorded)}`}`, () => {
      expect(redactUrl(sent)).to.equal(recorded);
      expect(redactUrl(recorded), 'once more').to.equal(recorded);
    });
  }
}

describe('the user info of a URL', () => {
  each([
    'https://‹user:pass›@host/a.jpg',
    'https://‹ghp_token›@host/',
    'https://‹:pass›@host/',
    'https://‹user:p@ss›@host/a@b',
    'https://‹u%40x:p%3A›@host',
    'HTTPS://‹User:Pass›@HOST/A',
    '  https://‹user:pass›@host/',
    '\u0000\u00a0\ufeff https://‹user:pass›@host/',
    '"https://‹user:pass›@host/"',
    'ht\ntps:\t/\r/‹us\ner:pass›@host/',
    'http:/‹user:pass›@host/',
    'http:‹user:pass›@host/',
    'http:////‹user:pass›@host/',
    'http:\\\\‹user:pass›@host\\a',
    'https:/\\‹user:pass›@host/',
    '//‹user:pass›@host/',
    'ftp://‹user:pass›@host/',
    'ssh://‹git›@host/name.git',
    's3+https://‹user:pass›@host/',
    'url:https://‹user:pass›@host/',
    'view-source:blob:https://‹user:pass›@host/',
    'https://‹user:pass›@[::1]:8080/',
    'https://‹user:pass›@host?a@b',
    'https://‹user:pass›@host#a@b',
    // As curl reads these.
    '‹user:pass›@host/a.jpg',
    'https://‹CORP\\bob:pass›@host/',
    // No valid URLs, but nobody shall find the rest of the password in the record.
    'https://‹user:pa/ss›@host/b@c',
    'https://‹user:pa?ss›@host/',
    'https://‹user:pa#s@s›@host/',
    'https://‹user:pass›@',
  ]);

  describe('is not at other places', () => {
    each([
      'https://host/@user/a@2x.png',
      'https://host:8080/a:b@c',
      'https://[::1]/a:b@c',
      'https://host:80\\a/b@c',
      'https://host?q=a:b@c',
      'https://host/?to=https://user:pass@host/',
      'https://@host/',
      'file:///home/a:b@c/d.jpg',
      '/a:b@c/d.jpg',
      'C:\\me@home\\a.jpg',
      'foo:///a:b@c',
      'name@host.example',
      'git@github.com:owner/name.git',
      'mailto:name@host.example',
      'see: name@host.example',
      'Image@2x.jpg',
      'host:8080/b@c',
      '',
      '@',
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

describe('the signature of a URL', () => {
  describe('is taken out with all that its signer adds', () => {
    each([
      // Amazon S3
      'https://b.s3.amazonaws.com/k?X-Amz-Algorithm=‹AWS4-HMAC-SHA256›&X-Amz-Credential=‹AK%2F2›&X-Amz-Date=‹2026›&X-Amz-Expires=‹60›&X-Amz-SignedHeaders=‹host›&X-Amz-Signature=‹ab›',
      'https://b/k?X-Amz-Content-Sha256=‹UNSIGNED-PAYLOAD›&X-Amz-Security-Token=‹t›&X-Amz-Signature=‹ab›&x-id=GetObject&versionId=3',
      'https://b/k?X-Amz-S3session-Token=‹t›&X-Amz-Signature=‹ab›',
      'https://b/k?AWSAccessKeyId=‹AK›&Expires=‹1›&Signature=‹a%2Bb%3D›',
      // Google Cloud Storage
      'https://storage.googleapis.com/b/k?X-Goog-Algorithm=‹G›&X-Goog-Credential=‹c›&X-Goog-Date=‹d›&X-Goog-Expires=‹9›&X-Goog-SignedHeaders=‹host›&X-Goog-Signature=‹s›',
      'https://g/k?GoogleAccessId=‹a@b›&Expires=‹1›&Signature=‹s›',
      // Azure
      'https://a.blob.core.windows.net/c/k?sv=‹2022›&st=‹1›&se=‹2›&sr=‹b›&sp=‹r›&spr=‹https›&sig=‹s%3D›&rscd=inline&snapshot=1',
      'https://a/k?skoid=‹1›&sktid=‹2›&skt=‹3›&ske=‹4›&sks=‹b›&skv=‹5›&sv=‹6›&sig=‹s›',
      'https://a/k?se=‹2›&sp=‹r›&sr=‹b›&sig=‹s›',
      // CloudFront
      'https://d.cloudfront.net/k?size=2&Expires=‹1›&Signature=‹s~-›&Key-Pair-Id=‹K›',
      'https://d/k?Policy=‹p_›&Signature=‹s›&Key-Pair-Id=‹K›&Hash-Algorithm=‹SHA256›',
      // Firebase
      'https://firebasestorage.googleapis.com/v0/b/b.appspot.com/o/a%2Fk.jpg?alt=media&token=‹7c0d›',
      // Dropbox
      'https://www.dropbox.com/scl/fi/id/k.jpg?rlkey=‹r›&st=‹s›&dl=1',
    ]);
  });

  describe('is found however it is written', () => {
    each([
      'k?x-amz-signature=‹ab›',
      'https://b/k?X%2DAmz%2dSignature=‹ab›',
      'https://b/k?%58-%41mz-Signature=‹ab›',
      'https://b/k?X-Amz-Sig\n\tnature=‹ab›',
      'https://b/k?s%69g=‹a›&%73v=‹1›',
      'https://b/k#1.jpg?X-Amz-Signature=‹ab›',
      'https://b/k#X-Amz-Signature=‹ab›',
      'https://b/k?X-Amz-Signature=‹ab›#part',
      'https://b/k?a=1?X-Amz-Signature=‹ab›',
      'https://b/k?a=1;X-Amz-Signature=‹ab›&c',
      'https://b/k?sig=‹a;b;sv=1›',
      'https://b/k?X-Amz-Signature=‹a=b==›&c',
      'https://b/k?sig=‹1›&sig=‹2›&sv=‹3›',
      'https://‹u:p›@b/k?X-Amz-Signature=‹ab›',
      'https://‹u›‹:p?X-Amz-Signature=ab@b/k›',
      'https://‹u:p?X-Amz-Signature=ab&c›@b/k',
      'no url?X-Amz-Signature=‹ab›',
    ]);
  });

  describe('is not a part that only looks like one', () => {
    each([
      'https://h/?sig=abc',
      'https://h/?sig=abc&v=2',
      'https://h/?sv=2&st=x&se=y&sp=z',
      'https://h/?token=abc&alt=media',
      'https://h/v0/b/o/?token=abc',
      'https://h/?token=abc&next=/v0/b/c/o/d',
      'https://h/?signature=abc&expires=1',
      'https://h/?Policy=p&Expires=1&Key-Pair-Id=K',
      'https://h/?st=1&dl=0',
      'https://h/?key=AIza&access_token=abc&api_key=d',
      'https://h/x-amz-signature=ab&c=d',
      'https://h/?x-amz-signature',
      'https://h/?x-amz-signature=&a=1',
      'https://h/?ax-amz-signature=ab&x-amz-signature2=b',
      'https://h/?to=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3Dab',
    ]);
  });

  it('is taken out with the rest of the URL among more parameters than any signer adds', () => {
    const many = Array(1_000).fill('st=1').join('&');
    expect(redactUrl(`https://h/?a=1&${many}&sv=2&sig=SECRET`)).to.equal(`https://h/?a=1&st=${F}`);
  });
});
