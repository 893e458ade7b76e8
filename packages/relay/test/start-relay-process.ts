import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const cli = new URL('../src/cli.ts', import.meta.url).pathname

const spawnCli = (args: readonly string[], env: Record<string, string>, node: string): ChildProcess =>
  spawn(node, ['--conditions=@altcontext/source', cli, ...args], {
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** Runs a command to its end. `node` is the executable that runs it. */
export const runRelayCommand = async (
  args: readonly string[],
  env: Record<string, string> = {},
  node = process.execPath,
) => {
  const child = spawnCli(args, env, node)
  let output = ''
  let errors = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output, errors }
}

/** Runs a command at a terminal, provided by `script`, and types one line. Resolves with what the terminal shows. */
export const runRelayAtTerminal = async (
  args: readonly string[],
  env: Record<string, string>,
  typed: string,
): Promise<string> => {
  const command = [process.execPath, '--conditions=@altcontext/source', cli, ...args].join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  child.stdout.on('data', (chunk) => {
    shown += chunk
    if (shown.includes('[y/N]') && !child.stdin.writableEnded) child.stdin.end(`${typed}\n`)
  })
  await once(child, 'close')
  return shown
}

/** `webhook-relay serve` in a process of its own; resolves when it takes events. */
export const startRelayProcess = async (env: Record<string, string>, node = process.execPath) => {
  const child = spawnCli(['serve', '--port', '0'], env, node)
  const log: Record<string, unknown>[] = []
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The relay ended with ${code}: ${errors}`)))
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>
      log.push(entry)
      if (entry.msg === 'The relay takes events') resolve(entry.url as string)
    })
  })
  return {
    url,
    log,
    child,
    stop: async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      child.kill(signal)
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    },
  }
}
