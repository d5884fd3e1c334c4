import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Looks } from '../../../src/importer/images/look.ts';
import { ImportFailure } from '../../../src/importer/import-failure.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { box, exif, heif, irot, ispe, jpeg, png, segment, tiff } from './made-images.ts';
import { program as stubborn } from './stubborn-thread.ts';

const REAL = fileURLToPath(new URL('../../support/images/', import.meta.url));
const real = (name: string) => readFileSync(join(REAL, name));

describe('a look at an image', () => {
  let looks: Looks;
  let directory: ReturnType<typeof temporaryDirectory>;

  before(() => {
    looks = new Looks();
    directory = temporaryDirectory();
  });

  after(async () => {
    await looks.close();
    directory.remove();
  });

  const lookAt = (bytes: Buffer | string) => {
    const path = join(directory.path, 'image.html');
    writeFileSync(path, bytes);
    return looks.lookAt(path);
  };
  const reasonFor = async (bytes: Buffer | string) => {
    const failure = await rejectionOf(lookAt(bytes));
    expect(failure).to.be.instanceOf(ImportFailure);
    return (failure as ImportFailure).reason;
  };

  describe('tells kind and size, whatever its name says', () => {
    for (const [name, format, contentType, width, height] of [
      ['baseline.jpg', 'jpg', 'image/jpeg', 40, 20],
      ['progressive.jpg', 'jpg', 'image/jpeg', 40, 20],
      ['plain.png', 'png', 'image/png', 40, 20],
      ['animated.png', 'png', 'image/png', 40, 20],
      ['plain.gif', 'gif', 'image/gif', 40, 20],
      ['lossy.webp', 'webp', 'image/webp', 40, 20],
      ['lossless.webp', 'webp', 'image/webp', 40, 20],
      ['plain.bmp', 'bmp', 'image/bmp', 40, 20],
      ['plain.tif', 'tif', 'image/tiff', 40, 20],
      ['cropped.heic', 'heic', 'image/heic', 40, 20],
      ['plain.avif', 'avif', 'image/avif', 40, 20],
      ['animated.avif', 'avif', 'image/avif', 40, 20],
      // As it is shown.
      ['turned.jpg', 'jpg', 'image/jpeg', 20, 40],
      ['turned.tif', 'tif', 'image/tiff', 20, 40],
      ['turned.avif', 'avif', 'image/avif', 20, 40],
    ] as const) {
      it(`of ${name}`, async () => {
        expect(await lookAt(real(name))).to.deep.equal({ format, contentType, width, height });
      });
    }

    it('of 320 megapixels, which are not decoded', async () => {
      expect(await lookAt(png(20_000, 16_000))).to.include({ width: 20_000, height: 16_000 });
      expect(await lookAt(jpeg(20_000, 16_000))).to.include({ width: 20_000, height: 16_000 });
    });

    it('of a JPEG with megabytes before its size, as phones write them', async () => {
      const depth = Array.from({ length: 80 }, () => segment(0xe1, Buffer.alloc(65_000, 'http://ns.adobe.com/xmp')));
      expect(await lookAt(jpeg(300, 200, exif(6), ...depth))).to.include({ width: 200, height: 300 });
    });

    it('of a JPEG with damaged Exif, as if it had none', async () => {
      const damaged = exif(6, 60_000);
      damaged.writeUInt16BE(1, 4 + 16);
      expect(await lookAt(jpeg(300, 200, damaged))).to.include({ width: 300, height: 200 });
      expect(await lookAt(jpeg(300, 200, exif(99)))).to.include({ width: 300, height: 200 });
    });

    it('of a JPEG with bytes between its segments, and with filled markers', async () => {
      const between = Buffer.from([0, 0, 0xff, 0xff, 0xff]);
      expect(await lookAt(jpeg(300, 200, exif(1), between))).to.include({ width: 300, height: 200 });
    });

    it('of a TIFF with its directory at its end', async () => {
      for (const order of ['II', 'MM'] as const) {
        expect(await lookAt(tiff(300, 200, { order }))).to.include({ format: 'tif', width: 300, height: 200 });
        expect(await lookAt(tiff(300, 200, { order, isBig: true }))).to.include({ width: 300, height: 200 });
      }
    });

    it('of a HEIC of tiles that is turned, as phones write it', async () => {
      const properties = [ispe(512, 512), ispe(4032, 3024), irot(3), ispe(320, 240)];
      const items = [
        { id: 1, properties: [1] },
        { id: 2, properties: [1] },
        { id: 49, properties: [2, 3] },
        { id: 50, properties: [4, 3] },
      ];
      const look = await lookAt(heif({ main: 49 }, properties, items));
      expect(look).to.deep.equal({ format: 'heic', contentType: 'image/heic', width: 3024, height: 4032 });
    });

    it('of a HEIC whose description comes after megabytes of pixels', async () => {
      const bytes = heif({}, [ispe(300, 200)], [{ id: 1, properties: [1] }], box('mdat', Buffer.alloc(3_000_000)));
      expect(await lookAt(bytes)).to.include({ width: 300, height: 200 });
    });

    it('of a BMP of OS/2', async () => {
      const bytes = Buffer.alloc(100);
      bytes.write('BM');
      bytes.writeUInt32LE(12, 14);
      bytes.writeUInt16LE(300, 18);
      bytes.writeUInt16LE(200, 20);
      expect(await lookAt(bytes)).to.include({ format: 'bmp', width: 300, height: 200 });
    });
  });

  describe('says that it is no image', () => {
    for (const [what, bytes] of [
      ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'],
      ['HTML', '<!DOCTYPE html><html><body><img src="x.jpg"></body></html>'],
      ['PDF', '%PDF-1.7\n1 0 obj\n<<>>\nendobj\n'],
      ['JSON', '[{"errorCode":"NOT_FOUND"}]'],
      ['nothing', ''],
      ['one byte', 'x'],
      ['a text that begins as a BMP', 'BM is what the text begins with, and then it goes on for a while.'],
      ['JPEG XL', Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.alloc(100)])],
      ['JPEG XL in boxes', Buffer.concat([box('JXL ', Buffer.from([0x0d, 0x0a, 0x87, 0x0a])), Buffer.alloc(100)])],
      // Over this, older releases of image-size stay for ever.
      [
        'JPEG XL with a box of no length',
        Buffer.concat([box('JXL ', Buffer.from([0x0d, 0x0a, 0x87, 0x0a])), Buffer.from('\0\0\0\0jxlp')]),
      ],
      ['an icon', Buffer.concat([Buffer.from([0, 0, 1, 0, 1, 0, 16, 16]), Buffer.alloc(100)])],
      ['a video', Buffer.concat([box('ftyp', Buffer.from('isom'), Buffer.alloc(4)), box('mdat', Buffer.alloc(100))])],
    ] as const) {
      it(`of ${what}`, async () => {
        expect(await reasonFor(bytes as Buffer | string)).to.equal('not_an_image');
      });
    }
  });

  describe('says that it is damaged', () => {
    const whole = [{ id: 1, properties: [1] }];
    for (const [what, bytes] of [
      ['an image of 0×0', png(0, 0)],
      ['a JPEG of no height', jpeg(300, 0)],
      ['a JPEG that ends in its head', real('baseline.jpg').subarray(0, 100)],
      ['a JPEG without a size', Buffer.concat([Buffer.from([0xff, 0xd8]), exif(1), Buffer.from([0xff, 0xda, 0, 2])])],
      ['a JPEG of nothing but zeros', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(5_000_000)])],
      ['a PNG that ends in its head', png(40, 20).subarray(0, 20)],
      ['a GIF that ends in its head', real('plain.gif').subarray(0, 7)],
      ['a WebP that ends in its head', real('lossy.webp').subarray(0, 22)],
      ['a BMP without a width', Buffer.concat([real('plain.bmp').subarray(0, 18), Buffer.alloc(100)])],
      ['a TIFF without its directory', tiff(300, 200).subarray(0, 5_000)],
      ['a HEIC that ends in its head', real('cropped.heic').subarray(0, 200)],
      ['a HEIC without a size', heif({}, [irot(1)], whole)],
      ['a HEIC without its main image', heif({ main: 7 }, [ispe(1, 1)], whole)],
      // Over these, older releases of image-size stay for ever.
      [
        'a HEIC with a box of no length',
        Buffer.concat([box('ftyp', Buffer.from('heic')), Buffer.from('\0\0\0\0free'), Buffer.alloc(99)]),
      ],
      ['a HEIC with a property of no length', heif({}, [Buffer.from('\0\0\0\0ispe'), Buffer.alloc(40)], whole)],
      ['a HEIC with a box of a length that is shorter than its head', heif({}, [Buffer.from('\0\0\0\x04ispe')], whole)],
      [
        'a HEIC with more boxes than any has',
        heif({}, [ispe(1, 1)], whole, ...Array.from({ length: 100_000 }, () => box('free'))),
      ],
      [
        'a HEIC with more properties than any has, each of which takes memory',
        heif({}, [ispe(1, 1), ...Array.from({ length: 100_000 }, () => box('free'))], whole),
      ],
    ] as const) {
      it(`of ${what}`, async () => {
        expect(await reasonFor(bytes)).to.equal('image_damaged');
      });
    }
  });

  it('says nothing of bytes that are missing at the end, which others compare', async () => {
    for (const name of ['baseline.jpg', 'plain.png', 'plain.gif', 'lossy.webp', 'plain.bmp']) {
      const bytes = real(name);
      expect(await lookAt(bytes.subarray(0, bytes.length * 0.9)), name).to.include({ width: 40, height: 20 });
    }
  });

  it('that cannot read the file is no fault of the image', async () => {
    const failure = await rejectionOf(looks.lookAt(join(directory.path, 'gone')));
    expect(failure).to.be.instanceOf(ImportFailure).with.property('reason', 'storage_unavailable');
    expect(failure.cause).to.have.property('message').which.includes('ENOENT');
  });

  it('is one of many at once', async () => {
    const names = ['baseline.jpg', 'plain.png', 'plain.gif', 'turned.avif', 'plain.tif'];
    const all = Array.from({ length: 200 }, (_, index) => names[index % names.length] as string);
    const found = await Promise.all(all.map((name) => looks.lookAt(join(REAL, name))));
    expect(found.map(({ format }) => format.slice(0, 2))).to.deep.equal(
      all.map((name) => name.split('.')[1]?.slice(0, 2)),
    );
  });

  describe('in a thread', () => {
    let made: Looks;

    beforeEach(() => {
      made = new Looks(1_000, stubborn);
    });

    afterEach(() => made.close());

    it('that never ends is ended, and others go on', async () => {
      const [hanging, next] = await Promise.allSettled([made.lookAt('hangs'), made.lookAt('image')]);
      expect(hanging).to.have.nested.property('reason.reason', 'image_damaged');
      expect(hanging).to.have.nested.property('reason.message').which.includes('no answer within 1000 ms');
      expect(next).to.have.nested.property('value.format', 'png');
      expect(await made.lookAt('image')).to.include({ format: 'png' });
    });

    it('that takes all memory is ended, and others go on', async function () {
      this.timeout(60_000);
      const patient = new Looks(20_000, stubborn);
      const failure = await rejectionOf(patient.lookAt('fills the memory'));
      expect(failure).to.have.property('reason', 'image_damaged');
      expect(failure.message).to.match(/memory/);
      expect(await patient.lookAt('image')).to.include({ format: 'png' });
      await patient.close();
    });

    it('that has a fault of its own fails only its image', async () => {
      expect(await rejectionOf(made.lookAt('throws'))).to.have.property('reason', 'image_damaged');
      expect(await made.lookAt('image')).to.include({ format: 'png' });
    });
  });
});
