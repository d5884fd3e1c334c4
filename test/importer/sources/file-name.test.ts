import { expect } from 'chai';
import { answeredName } from '../../../src/importer/sources/answered-name.ts';
import { fileNameOf } from '../../../src/importer/sources/file-name.ts';
import { growthOf } from '../../support/growth.ts';

describe('the name of a file', () => {
  for (const [text, name] of [
    ['photo.jpg', 'photo.jpg'],
    ['/a/b/photo.jpg', 'photo.jpg'],
    ['C:\\Users\\me\\photo.jpg', 'photo.jpg'],
    ['../../etc/passwd', 'passwd'],
    [' Фото 1 👩‍👩‍👧.jpg ', 'Фото 1 👩‍👩‍👧.jpg'],
    ['a\r\nb\0\x7f\x85.jpg', 'ab.jpg'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['\ud800.jpg', '\ufffd.jpg'],
    ['', null],
    ['a/', null],
    ['..', null],
    ['.', null],
    ['\n', null],
    ['.jpg', '.jpg'],
  ] as const) {
    it(`in ${JSON.stringify(text)} is ${JSON.stringify(name)}`, () => expect(fileNameOf(text)).to.equal(name));
  }

  it('has at most 255 bytes, whole letters, and its extension', () => {
    expect(fileNameOf(`${'x'.repeat(300)}.jpeg`)).to.equal(`${'x'.repeat(250)}.jpeg`);
    expect(fileNameOf(`${'é'.repeat(200)}.jpg`)).to.equal(`${'é'.repeat(125)}.jpg`);
    expect(fileNameOf(`${'👩'.repeat(100)}.${'e'.repeat(100)}`)).to.equal('👩'.repeat(63));
  });

  it('is found in time that grows with the text', () => {
    expect(growthOf(20_000, (size) => '/.\u202e'.repeat(size), fileNameOf)).to.be.below(30);
  });
});

describe('the name of a file in Content-Disposition', () => {
  const asBytes = (text: string) => Buffer.from(text).toString('latin1');
  for (const [header, name] of [
    ['attachment; filename="photo 1.jpg"', 'photo 1.jpg'],
    ['inline; filename=photo.jpg', 'photo.jpg'],
    ['attachment; filename="old.jpg"; filename*=UTF-8\'\'%d0%a4%D0%BE.jpg', 'Фо.jpg'],
    ["attachment; filename*=iso-8859-1'de'gr%FC%DF.jpg; filename=old.jpg", 'grüß.jpg'],
    ['attachment; filename="a \\"b\\".jpg"', 'a "b".jpg'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ["attachment; filename*=UTF-8''..%2f..%2fa%0d%0ab", 'ab'],
    [asBytes('attachment; filename="Фото.jpg"'), 'Фото.jpg'],
    ['attachment; filename="gr\xfc\xdf.jpg"', 'grüß.jpg'],
    ['attachment', null],
    ['attachment; filename=""', null],
    ['attachment; filename=photo 1.jpg', null],
    ['attachment; filename="a', null],
    ["attachment; filename*=UTF-9''a", null],
    ['', null],
    [undefined, null],
    [['attachment; filename=a', 'attachment; filename=b'], null],
  ] as const) {
    it(`${JSON.stringify(header)} is ${JSON.stringify(name)}`, () =>
      expect(answeredName(header as string | string[] | undefined)).to.equal(name));
  }

  it('is found in time that grows with the header', () => {
    for (const part of [';a=b', ' ', '\\"', '; filename*=', "'", '%41'])
      expect(growthOf(1_000, (size) => `attachment; filename="${part.repeat(size)}`, answeredName)).to.be.below(30);
  });
});
