import { adminKey, type FaultBench } from '../bench/fault-bench.ts'
import { openIdleClients } from '../bench/open-idle-clients.ts'
import type { RunningProcess } from '../bench/start-process.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

/** The shutdown time-out that relay and receiver are given. */
const shutdownTimeoutMs = 1000
/** The allowance for a busy machine; after 10 s a server cuts the clients by itself. */
const slackMs = 8000

export const scenario: FaultScenario = {
  description:
    'A relay, then a receiver, gets SIGTERM while clients hold connections on which they have sent nothing, or half a request.',
  weight: 5,
  run: (bench, round) =>
    withRelay(
      bench,
      round,
      { args: ['--shutdown-timeout', `${shutdownTimeoutMs / 1000}s`], loadPauseMs: 250 },
      async (context) => {
        const { port, pathname } = new URL(context.relay.url)
        await using _ofRelay = await openIdleClients({ port: Number(port), path: pathname })
        await stop(context.relay, 'relay')
        await context.restart()
        await using _ofReceiver = await openIdleClients(receiverRoute(bench))
        await stop(bench.receiver.process, 'receiver')
        await bench.receiver.restart()
        return undefined
      },
    ),
}

const receiverRoute = ({ receiver, url }: FaultBench) => ({
  port: receiver.port,
  path: new URL(url).pathname,
  headers: [`x-admin-key: ${adminKey}`],
})

const stop = async (process: RunningProcess, name: string): Promise<void> => {
  const code = await process.kill('SIGTERM', shutdownTimeoutMs + slackMs)
  if (code !== 0) throw new Error(`The ${name} ended with ${code}: ${process.errors()}`)
}
