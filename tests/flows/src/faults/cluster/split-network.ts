import type { ClusterNetwork, NatsNode } from '@altcontext/nats-server'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { waitUntil } from '../bench/wait-until.ts'
import { leaderOf, type StreamUnderLoad } from '../load/with-stream.ts'

/** Cuts the leader's links to the two other servers, while clients still reach all three: the two are a majority. */
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
  return 'split by network namespaces: the leader from the two others, which continued'
}

/** No two of the three reach each other, until the leader knows that it has no majority: meanwhile no message is carried. */
export const splitAll = async (
  stream: StreamUnderLoad,
  { round, network }: { round: string; network: ClusterNetwork },
): Promise<string> => {
  const { moreAccepted, moreStored } = stream
  const leader = await leaderOf(stream, round)
  for (const node of [0, 1, 2]) network.cut(node, (node + 1) % 3)
  await stepsDown(leader, round)
  await moreAccepted(200)
  network.heal()
  await moreStored(200)
  return 'split by network namespaces: all three from each other, which continued when they were together again'
}

/** The leader itself is asked, because the others cannot know. */
const stepsDown = async ({ name, url }: NatsNode, round: string): Promise<void> => {
  const connection = await connect({ servers: url })
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    await waitUntil('the leader knows that it has no majority', async () => {
      const info = await manager.streams.info(round).catch(() => undefined)
      return info?.cluster?.leader !== name
    })
  } finally {
    await connection.close()
  }
}
