import { parseEnvironment } from './environment.ts'
import { runServer } from './run-server.ts'
import { StartError } from './start-error.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (stopping.signal.aborted) process.exit(1)
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
