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
