import type { ClusterNetwork } from '@altcontext/nats-server'
import { leaderOf, type StreamUnderLoad } from '../load/with-stream.ts'

/** The leader's links to the two other servers are taken away, while clients still reach each of the three: the two are a majority. */
export const splitNetwork = async (
  stream: StreamUnderLoad,
  { round, network }: { round: string; network: ClusterNetwork },
): Promise<string> => {
  const { cluster, moreAccepted, moreStored } = stream
  const leader = cluster.nodes.indexOf(await leaderOf(stream, round))
  for (const other of [0, 1, 2].filter((node) => node !== leader)) network.cut(leader, other)
  await moreAccepted(200)
  await moreStored(200)
  network.heal()
  await moreStored(200)
  return 'split by network namespaces: the leader from the two others, which went on'
}

/** No two of the three reach each other, for longer than a leader takes to see that it has no majority: nothing is carried meanwhile. */
export const splitAll = async (
  { moreAccepted, moreStored }: StreamUnderLoad,
  { network }: { network: ClusterNetwork },
): Promise<string> => {
  for (const node of [0, 1, 2]) network.cut(node, (node + 1) % 3)
  await moreAccepted(5000)
  network.heal()
  await moreStored(200)
  return 'split by network namespaces: all three from each other, which went on when they were together again'
}
