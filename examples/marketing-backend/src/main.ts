import { type Environment, parseEnvironment } from './environment.ts'
import { runServer } from './run-server.ts'
import { StartError } from './start-error.ts'

let environment: Environment | undefined
const stopping = new AbortController()
let stoppingSince = 0
/** Whatever hangs, for example a database that went silent, the process ends. */
const endLater = (timeoutMs: number): void => {
  const end = (): void => {
    process.stderr.write('Stopped before everything had ended: the rest was cut off.\n')
    process.exit(1)
  }
  // By then the connections have been cut; what remains are commits and the database.
  setTimeout(end, timeoutMs + 10_000).unref()
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stoppingSince ||= Date.now()
    // One Ctrl-C may arrive twice, from the terminal and from npm; somebody who presses it again does not want to wait.
    if (Date.now() - stoppingSince > 1_000) process.exit(1)
    stopping.abort()
    if (environment !== undefined) endLater(environment.shutdownTimeoutSeconds * 1000)
  })
}

const say = (line: string) => void process.stdout.write(`${line}\n`)

try {
  environment = parseEnvironment(process.env)
  await runServer(environment, { say, stopped: stopping.signal })
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
process.exit(0)
