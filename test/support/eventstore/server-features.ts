import serverFeatures from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type shared from '@eventstore/db-client/generated/shared_pb.js';
import type { handleUnaryCall, MethodDefinition } from '@grpc/grpc-js';
import type { Faults } from './faults.ts';

type Method = MethodDefinition<unknown, unknown>;

/** Lists for the client what this server can do; in lower case, like the real one. */
export function serverFeaturesHandlers(version: string, methods: readonly Pick<Method, 'path'>[], faults: Faults) {
  const supported = new serverFeatures.SupportedMethods()
    .setEventStoreServerVersion(version)
    .setMethodsList(methods.map(supportedMethod));
  const getSupportedMethods: handleUnaryCall<shared.Empty, serverFeatures.SupportedMethods> = async (_, callback) => {
    await faults.running();
    callback(null, supported);
  };
  return { getSupportedMethods };
}

function supportedMethod({ path }: Pick<Method, 'path'>): serverFeatures.SupportedMethod {
  const [, service = '', method = ''] = path.toLowerCase().split('/');
  return new serverFeatures.SupportedMethod().setServiceName(service).setMethodName(method);
}
