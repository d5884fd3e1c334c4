import { randomUUID } from 'node:crypto';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import type { Faults } from './faults.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A member of the cluster, as the servers describe it to clients that look for the leader. */
export interface GossipMember extends Endpoint {
  readonly state?: keyof typeof gossip.MemberInfo.VNodeState;
  readonly isAlive?: boolean;
}

export function gossipHandlers(members: () => readonly GossipMember[], faults: Faults) {
  const read: handleUnaryCall<shared.Empty, gossip.ClusterInfo> = async (_, callback) => {
    await faults.running();
    callback(null, new gossip.ClusterInfo().setMembersList(members().map(memberInfo)));
  };
  return { read };
}

function memberInfo({ address, port, state = 'LEADER', isAlive = true }: GossipMember): gossip.MemberInfo {
  return new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(randomUUID()))
    .setTimeStamp(String(Date.now()))
    .setState(gossip.MemberInfo.VNodeState[state])
    .setIsAlive(isAlive)
    .setHttpEndPoint(new gossip.EndPoint().setAddress(address).setPort(port));
}
