import { randomUUID } from 'node:crypto';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import type { Faults } from './faults.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Names the leader to clients that look for it. */
export function gossipHandlers(leader: () => Endpoint, faults: Faults) {
  const read: handleUnaryCall<shared.Empty, gossip.ClusterInfo> = async (_, callback) => {
    await faults.running();
    callback(null, new gossip.ClusterInfo().setMembersList([memberInfo(leader())]));
  };
  return { read };
}

function memberInfo({ address, port }: Endpoint): gossip.MemberInfo {
  return new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(randomUUID()))
    .setTimeStamp(String(Date.now()))
    .setState(gossip.MemberInfo.VNodeState.LEADER)
    .setIsAlive(true)
    .setHttpEndPoint(new gossip.EndPoint().setAddress(address).setPort(port));
}
