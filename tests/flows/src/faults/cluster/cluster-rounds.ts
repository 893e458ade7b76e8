import { createClusterNetwork, whyNoNamespaces } from '@altcontext/nats-server'
import { withStream } from '../load/with-stream.ts'
import type { FaultScenario } from '../scenario.ts'
import {
  killBetweenCommitAndReceipt,
  killLeaders,
  loseReceipts,
  stopConsumer,
  stopLeader,
  wipeAll,
} from './cluster-faults.ts'
import { splitAll, splitNetwork } from './split-network.ts'

export interface ClusterRound extends Pick<FaultScenario, 'run' | 'whyUnavailable'> {
  name: string
}

/** One round for each fault of a cluster. CI runs the first, which takes a fraction of the time of the others. */
export const clusterRounds = (kills: number): ClusterRound[] => [
  {
    name: 'wipe',
    // Three servers with empty disks carry no messages for most of the round, in which nothing but the load happens.
    run: (bench, round) => withStream(bench, round, { fault: wipeAll, mayLose: true, pauseMs: 100 }),
  },
  {
    name: 'leaders',
    run: (bench, round) =>
      withStream(bench, round, { fault: (stream) => killLeaders(stream, { round, kills }) }),
  },
  {
    name: 'commit-and-receipt',
    run: (bench, round) => withStream(bench, round, { fault: killBetweenCommitAndReceipt }),
  },
  {
    name: 'receipts',
    run: (bench, round) => withStream(bench, round, { fault: (stream) => loseReceipts(stream, round) }),
  },
  {
    name: 'stopped-consumer',
    run: (bench, round) => withStream(bench, round, { fault: (stream) => stopConsumer(stream, round) }),
  },
  {
    name: 'stopped-leader',
    run: (bench, round) => withStream(bench, round, { fault: (stream) => stopLeader(stream, round) }),
  },
  split('split', splitNetwork),
  split('split-all', splitAll),
]

const split = (name: string, fault: typeof splitNetwork): ClusterRound => ({
  name,
  whyUnavailable: whyNoNamespaces,
  run: async (bench, round) => {
    const network = createClusterNetwork()
    try {
      return await withStream(bench, round, {
        fault: (stream) => fault(stream, { round, network }),
        network,
      })
    } finally {
      network.remove()
    }
  },
})
