import { CompressionFilter } from '@grpc/grpc-js/build/src/compression-filter.js';

let isInPlace = false;

/**
 * From now on gRPC's clients in this process ask for uncompressed answers. gRPC unzips each message in its own stream, which costs more
 * than all other work on an event, and it has no option against it.
 */
export function askForPlainAnswers(): void {
  if (isInPlace) return;
  isInPlace = true;
  const { sendMetadata } = CompressionFilter.prototype;
  CompressionFilter.prototype.sendMetadata = async function (metadata) {
    const headers = await sendMetadata.call(this, metadata);
    headers.set('grpc-accept-encoding', 'identity');
    return headers;
  };
}
