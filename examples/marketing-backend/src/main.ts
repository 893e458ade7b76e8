import { parseEnvironment } from './environment.ts'
import { runServer } from './run-server.ts'
import { StartError } from './start-error.ts'

const stopping = new AbortController()
let stoppingSince = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stoppingSince ||= Date.now()
    // One Ctrl-C may arrive twice, from the terminal and from npm; whoever asks again does not want to wait.
    if (Date.now() - stoppingSince > 1_000) process.exit(1)
    stopping.abort()
  })
}

const say = (line: string) => void process.stdout.write(`${line}\n`)

try {
  await runServer(parseEnvironment(process.env), { say, stopped: stopping.signal })
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
process.exit(0)
