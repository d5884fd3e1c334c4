import { expect } from 'chai';
import { parseBlobsUrl } from '../../../src/importer/blobs/blobs-place.ts';

describe('a BLOBS_URL', () => {
  for (const [url, place] of [
    ['s3://images', { kind: 's3', bucket: 'images', prefix: '' }],
    ['s3://images/', { kind: 's3', bucket: 'images', prefix: '' }],
    ['s3://my.images-1/of/tests', { kind: 's3', bucket: 'my.images-1', prefix: 'of/tests' }],
    ['s3://images/of/', { kind: 's3', bucket: 'images', prefix: 'of' }],
    ['file:///mnt/images', { kind: 'folder', folder: '/mnt/images' }],
    ['file:///mnt/my%20images/', { kind: 'folder', folder: '/mnt/my images' }],
  ] as const) {
    it(`may be ${url}`, () => {
      expect(parseBlobsUrl(url)).to.deep.equal(place);
    });
  }

  for (const url of [
    '',
    '/mnt/images',
    'images',
    'https://s3.example.com/images',
    's3://',
    's3:///images',
    's3://ab',
    's3://key:secret@images',
    's3://images//of',
    's3://images/../other',
    's3://images/of?region=x',
    'file://host/images',
    'file:///',
    'file:///images?x',
    'file:///%00',
    'file:relative',
  ]) {
    it(`is not ${JSON.stringify(url)}`, () => {
      expect(parseBlobsUrl(url)).to.equal(undefined);
    });
  }
});
