import { setTimeout as delay } from 'node:timers/promises'
import { oldestNodes } from '@altcontext/oldest-nodes'
import { runRelayCommand } from '../bench/run-relay-command.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

const [first] = oldestNodes

export const scenario: FaultScenario = {
  description: `An outbox is used by one version of Node after another, the oldest that are allowed (${oldestNodes.map(({ version }) => version).join(', ')}): a relay with commands beside it is killed, then a product.`,
  weight: 10,
  run: (bench, round) =>
    withRelay(
      bench,
      round,
      { node: first?.path, recoveryTimeoutMs: 40_000, loadPauseMs: 100 },
      async (context) => {
        const { path, restart } = context
        const told: string[] = []
        for (const { version, path: node } of oldestNodes) {
          if (node !== first?.path) await restart({ node })
          // No event is a day old, so nothing is pruned and every event can still be compared.
          const commands = [['status'], ['replay', '--all-dead'], ['prune', '--older-than', '1d']]
          for (const command of commands) await runRelayCommand(command, path, node)
          await context.relay.kill()

          const jobs = `${round}-product-${version}`
          const product = await bench.startSender(
            { OUTBOX: path, ROUND: round, JOBS: jobs, MODE: 'emit' },
            { node },
          )
          await waitUntil('an event is accepted', async () => product.lines.length > 0)
          await delay(Math.random() * 300)
          await product.kill()
          told.push(...product.lines)
        }
        // Today's Node delivers whatever they have left behind.
        await restart({ node: process.execPath })
        return told
      },
    ),
}
