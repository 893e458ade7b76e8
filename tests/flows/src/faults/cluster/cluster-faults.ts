import { setTimeout as delay } from 'node:timers/promises'
import { waitUntil } from '../bench/wait-until.ts'
import { isWhole, leaderOf, type StreamUnderLoad } from '../load/with-stream.ts'

/** Each time it is the server that leads at that moment, and never two at once. */
export const killLeaders = async (
  stream: StreamUnderLoad,
  { round, kills }: { round: string; kills: number },
): Promise<string> => {
  const { moreStored } = stream
  const killed: string[] = []
  while (killed.length < kills) {
    const leader = await leaderOf(stream, round)
    await leader.kill()
    killed.push(leader.name)
    await waitUntil('another server leads', async () => (await leaderOf(stream, round)) !== leader)
    await moreStored(20)
    await leader.start()
    // The next leader may be any of them: its kill must leave a majority that has everything.
    await waitUntil('all three have everything', () => isWhole(stream, round))
    await moreStored(20)
  }
  const times = Object.entries(Object.groupBy(killed, (name) => name)).map(
    ([name, each]) => `${name} ${each?.length} times`,
  )
  return `leaders killed with kill -9: ${killed.length}, ${times.join(', ')}`
}

export const wipeAll = async ({ cluster, moreAccepted, moreStored }: StreamUnderLoad): Promise<string> => {
  await Promise.all(cluster.nodes.map((node) => node.kill()))
  for (const node of cluster.nodes) node.wipe()
  await moreAccepted(100)
  await Promise.all(cluster.nodes.map((node) => node.start()))
  await moreStored(200)
  return 'all three servers killed with kill -9, and their disks wiped'
}

export const killBetweenCommitAndReceipt = async (stream: StreamUnderLoad): Promise<string> => {
  const kills = 3
  for (let kill = 0; kill < kills; kill += 1) {
    const lastCommit = String(1 + Math.floor(Math.random() * 5))
    const consumer = await stream.startConsumer({ LAST_COMMIT: lastCommit })
    await consumer.ended()
    if (consumer.child.signalCode !== 'SIGKILL') throw new Error(`A consumer ended: ${consumer.errors()}`)
    await stream.moreStored(50)
  }
  return `${kills} consumers killed with kill -9 between commit and receipt`
}

/** For a moment nobody reads them, and in that moment they are thrown away. */
export const loseReceipts = async (
  { manager, moreStored }: StreamUnderLoad,
  round: string,
): Promise<string> => {
  const receipts = `${round}_RECEIPTS`
  let lost = 0
  for (let loss = 0; loss < 5; loss += 1) {
    for await (const { name } of manager.consumers.list(receipts))
      await manager.consumers.delete(receipts, name)
    await delay(150)
    lost += (await manager.streams.purge(receipts)).purged
    await moreStored(50)
  }
  return `${lost} messages of receipts thrown away, at 5 times`
}

/** Longer than the broker waits for an acknowledgement: meanwhile the other consumer has the same events. */
export const stopConsumer = async (
  { consumers: [consumer], manager, moreStored }: StreamUnderLoad,
  round: string,
): Promise<string> => {
  const countGivenAgain = async (): Promise<number> => {
    const { delivered } = await manager.consumers.info(round, 'receiver')
    return delivered.consumer_seq - delivered.stream_seq
  }
  const before = await countGivenAgain()
  consumer?.child.kill('SIGSTOP')
  await waitUntil(
    'the other one has the messages that it held',
    async () => (await countGivenAgain()) > before,
  )
  await moreStored(100)
  const givenAgain = (await countGivenAgain()) - before
  consumer?.child.kill('SIGCONT')
  await moreStored(100)
  return `a consumer stopped until ${givenAgain} messages that it held were past their ack wait and with the other one, and continued`
}

/** To the others it looks like a server that the network has cut off. */
export const stopLeader = async (stream: StreamUnderLoad, round: string): Promise<string> => {
  const leader = await leaderOf(stream, round)
  leader.process().kill('SIGSTOP')
  await stream.moreAccepted(500)
  leader.process().kill('SIGCONT')
  await stream.moreStored(100)
  return 'the leader stopped and continued'
}
