import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'

/** A Node process of the benchmark, with its first message. */
export interface BenchProcess<Ready> extends AsyncDisposable {
  ready: Ready
  pid: number
  /** Memory that the process holds now, in megabytes. */
  rssMb(): number
  stop(): Promise<void>
}

/**
 * Starts `src/programs/<name>.ts` with `config` and waits for its first message. The process ends when its channel
 * is closed, so it never outlives the benchmark.
 */
export const startProcess = async <Ready>(
  name: string,
  config: object,
  nodeFlags: readonly string[] = [],
): Promise<BenchProcess<Ready>> => {
  const child = forkSource(name, config, nodeFlags)
  const ready = await firstMessage<Ready>(child, name)
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    if (child.connected) child.disconnect()
    await exited
  }
  const pid = child.pid as number
  return { ready, pid, rssMb: () => rssMbOf(pid), stop, [Symbol.asyncDispose]: stop }
}

/** Starts a process for one task and returns the one message it sends. */
export const runProcess = async <Result>(name: string, config: object): Promise<Result> => {
  await using started = await startProcess<Result>(name, config)
  return started.ready
}

/** The memory a process holds, in megabytes, as the operating system counts it. */
export const rssMbOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024

const forkSource = (name: string, config: object, nodeFlags: readonly string[]): ChildProcess =>
  fork(new URL(`../programs/${name}.ts`, import.meta.url), [JSON.stringify(config)], {
    execArgv: ['--conditions=@altcontext/source', '--disable-warning=ExperimentalWarning', ...nodeFlags],
    env: { ...process.env, NODE_ENV: 'production' },
  })

const firstMessage = <Message>(child: ChildProcess, name: string): Promise<Message> =>
  new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Message))
    child.once('error', reject)
    child.once('exit', (code) => {
      reject(
        new Error(
          `Failed to run ${name}: it ended with ${code} before it sent a message. See its output above.`,
        ),
      )
    })
  })
