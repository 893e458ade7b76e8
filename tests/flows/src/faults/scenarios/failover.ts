import { combineWays } from '../failover/combine-ways.ts'
import { measureFailover } from '../failover/measure-failover.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description:
    'The primary of a database is killed under load and comes back read-only while its standby is promoted; no process is started again.',
  weight: 1,
  run: async () => combineWays(await measureFailover({ rounds: 1, copies: 1, kinds: ['read-only'] })),
}
