import { CompressionFilter } from '@grpc/grpc-js/build/src/compression-filter.js';

let isInPlace = false;

/**
 * From now on gRPC's clients in this process ask for answers that are not zipped. EventStoreDB zips whatever a client takes zipped, and
 * gRPC unzips each message in a stream of its own, which costs more than all else that is done with an event. It has no option for it.
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
