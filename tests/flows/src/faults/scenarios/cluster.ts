import { findNatsServer } from '@altcontext/nats-server'
import { type ClusterRound, clusterRounds } from '../cluster/cluster-rounds.ts'
import type { FaultScenario } from '../scenario.ts'

const rounds = clusterRounds(3)

export const scenario: FaultScenario = {
  description:
    'Three brokers between a product and two consumers: leaders killed, all disks wiped, consumers killed or stopped, receipts lost, the network split; one of these faults in each round.',
  weight: 1,
  whyUnavailable: () => (findNatsServer() === undefined ? 'nats-server is not installed' : undefined),
  run: (bench, round) => {
    const number = Number(/\d+$/.exec(round)?.[0] ?? 1)
    const possible = rounds.filter(({ whyUnavailable }) => whyUnavailable?.() === undefined)
    const { run } = possible[(number - 1) % possible.length] as ClusterRound
    return run(bench, round)
  },
}
