import { runRelayCommand } from '../bench/run-relay-command.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description: 'The commands on an outbox run beside its relay under load; then the relay is killed.',
  weight: 5,
  run: (bench, round) =>
    withRelay(bench, round, { recoveryTimeoutMs: 40_000 }, async ({ relay, path, restart }) => {
      // No event is a day old, so nothing is pruned and every event can still be compared.
      const commands = [['status'], ['replay', '--all-dead'], ['prune', '--older-than', '1d'], ['list']]
      for (const command of commands) await runRelayCommand(command, path)
      await Promise.all([['status'], ['replay', '--since', '1h']].map((each) => runRelayCommand(each, path)))
      await relay.kill()
      await restart()
    }),
}
