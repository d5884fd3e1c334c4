/** The values in the examples of the description. They are from the document that the service implements. */
export const EXAMPLE = {
  import: '3d172b54-f40f-4df9-9342-0b042fac5382',
  organization: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
  user: 'f1900bba-e339-4dc9-87df-9dc8665adead',
  request: 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
  event: '0199c0de-0000-7000-8000-000000000000',
  version: '9a0f3a44-7a52-4c52-8f3c-0d6f1c5f6a10',
  replay: 'c1f7a1de-5b0e-4f2e-9d0c-8a7b6c5d4e3f',
  log: '5e0d3c1a-7b42-4f0e-8d59-1c6a2e9b7f30',
  webhook: '6b1f4f0e-3d5c-4c1f-8a72-90c4d2b7e5a3',
  delivery: 'd4f1a2b3-5c6d-5e7f-8091-a2b3c4d5e6f7',
  image: '3c7d6a0e-52f1-5b7e-9c53-0d1a6b2f8e4d',
  album: '5005800000HEXCtAAP',
  time: '2019-04-08T19:38:58.041+02:00',
  utc: '2019-04-08T17:38:58.041Z',
} as const;
