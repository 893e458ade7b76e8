import { setTimeout as delay } from 'node:timers/promises'
import { findNatsServer } from '@altcontext/nats-server'
import { leaderOf, type StreamUnderLoad, withStream } from '../load/with-stream.ts'
import type { FaultScenario } from '../scenario.ts'

const killsOfLeader = 3

type Fault = (stream: StreamUnderLoad, round: string) => Promise<void>

const killLeader: Fault = async ({ cluster, manager, moreAccepted }, round) => {
  for (let kill = 0; kill < killsOfLeader; kill += 1) {
    const leader = await leaderOf(manager, round)
    const node = cluster.nodes.find(({ name }) => name === leader)
    await node?.kill()
    await moreAccepted(100)
    await leaderOf(manager, round)
    await node?.start()
    await moreAccepted(100)
  }
}

const wipeAll: Fault = async ({ cluster, moreAccepted }) => {
  await Promise.all(cluster.nodes.map((node) => node.kill()))
  for (const node of cluster.nodes) node.wipe()
  await moreAccepted(100)
  await Promise.all(cluster.nodes.map((node) => node.start()))
  await moreAccepted(200)
}

const killBetweenCommitAndReceipt: Fault = async ({ startConsumer, moreAccepted }) => {
  for (let kill = 0; kill < 3; kill += 1) {
    const consumer = await startConsumer({ LAST_COMMIT: String(1 + Math.floor(Math.random() * 5)) })
    await consumer.ended()
    await moreAccepted(100)
  }
}

/** Nobody reads them for a moment, and in that moment they are thrown away. */
const loseReceipts: Fault = async ({ manager, moreAccepted }, round) => {
  const receipts = `${round}_RECEIPTS`
  for (let loss = 0; loss < 5; loss += 1) {
    for await (const { name } of manager.consumers.list(receipts))
      await manager.consumers.delete(receipts, name)
    await delay(150)
    await manager.streams.purge(receipts)
    await moreAccepted(100)
  }
}

/** Longer than the broker waits for an acknowledgement: another consumer has the same events meanwhile. */
const stopConsumer: Fault = async ({ consumers: [consumer], moreAccepted }) => {
  consumer?.child.kill('SIGSTOP')
  await delay(3000)
  await moreAccepted(200)
  consumer?.child.kill('SIGCONT')
  await moreAccepted(200)
}

/** The others cannot tell it from one that the network has cut off. */
const stopServer: Fault = async ({ cluster, manager, moreAccepted }, round) => {
  const leader = await leaderOf(manager, round)
  const node = cluster.nodes.find(({ name }) => name === leader)
  node?.process().kill('SIGSTOP')
  await moreAccepted(500)
  node?.process().kill('SIGCONT')
  await moreAccepted(200)
}

// The first is what CI runs, once: it takes a fraction of the time that the leaders take.
const faults = [wipeAll, killLeader, killBetweenCommitAndReceipt, loseReceipts, stopConsumer, stopServer]

export const scenario: FaultScenario = {
  description:
    'Three brokers between a product and two consumers: leaders killed, all disks wiped, consumers killed or stopped, receipts lost; one of these in each round.',
  weight: 1,
  whyUnavailable: () => (findNatsServer() === undefined ? 'nats-server is not installed' : undefined),
  run: (bench, round) => {
    const number = Number(/\d+$/.exec(round)?.[0] ?? 1)
    const fault = faults[(number - 1) % faults.length] as Fault
    return withStream(bench, round, (stream) => fault(stream, round))
  },
}
