import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findNatsServer } from './find-nats-server.ts'

/** One server, which can be killed and started again on the same port with the same disk. */
export interface NatsNode {
  name: string
  url: string
  /** The folder of its JetStream store. */
  store: string
  process(): ChildProcess
  start(): Promise<void>
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Empties its disk. It must not run. */
  wipe(): void
}

export interface NatsCluster {
  nodes: readonly NatsNode[]
  urls: readonly string[]
  stop(): Promise<void>
}

/** A server of its own with JetStream, on loopback. */
export const startNatsServer = async (): Promise<NatsNode & { stop(): Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), 'altcontext-nats-'))
  const [port] = await findFreePorts(1)
  const node = createNode({ folder, name: 'n1', port: port as number, cluster: '' })
  await node.start()
  return Object.assign(node, {
    stop: async () => {
      await node.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

/** Three servers, of which any two go on without the third. */
export const startNatsCluster = async (): Promise<NatsCluster> => {
  const folder = mkdtempSync(join(tmpdir(), 'altcontext-nats-'))
  const ports = await findFreePorts(6)
  const routes = ports.slice(3).map((port) => `nats-route://127.0.0.1:${port}`)
  const nodes = [0, 1, 2].map((index) =>
    createNode({
      folder,
      name: `n${index + 1}`,
      port: ports[index] as number,
      cluster: `cluster { name: altcontext, listen: "127.0.0.1:${ports[index + 3]}", routes: ${JSON.stringify(routes)} }`,
    }),
  )
  await Promise.all(nodes.map((node) => node.start()))
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    async stop() {
      await Promise.all(nodes.map((node) => node.kill()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface NodeSettings {
  folder: string
  name: string
  port: number
  cluster: string
}

const createNode = ({ folder, name, port, cluster }: NodeSettings): NatsNode => {
  const store = join(folder, name)
  const config = join(folder, `${name}.conf`)
  writeFileSync(
    config,
    `server_name: ${name}
listen: "127.0.0.1:${port}"
jetstream { store_dir: ${JSON.stringify(store)}, max_mem: 1GB, max_file: 10GB }
${cluster}
`,
  )
  let child: ChildProcess | undefined
  return {
    name,
    url: `nats://127.0.0.1:${port}`,
    store,
    process: () => {
      if (child === undefined) throw new Error(`${name} was not started.`)
      return child
    },
    async start() {
      const file = findNatsServer()
      if (file === undefined)
        throw new Error('This machine has no nats-server. Install the package nats-server.')
      mkdirSync(store, { recursive: true })
      child = spawn(file, ['--config', config], { stdio: ['ignore', 'ignore', 'pipe'] })
      await becomesReady(child)
    },
    async kill(signal = 'SIGKILL') {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    },
    wipe() {
      rmSync(store, { recursive: true, force: true })
    },
  }
}

const becomesReady = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    const lines: string[] = []
    const output = createInterface({ input: child.stderr as NodeJS.ReadableStream })
    output.on('line', (line) => {
      if (lines.length < 100) lines.push(line)
      if (line.includes('Server is ready')) resolve()
    })
    child.once('exit', (code, signal) => {
      reject(new Error(`nats-server ended with ${code ?? signal}: ${lines.slice(-5).join(' ')}`))
    })
  })

const findFreePorts = async (count: number): Promise<number[]> => {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(probes.map((probe) => once(probe, 'listening')))
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port)
  await Promise.all(probes.map((probe) => once(probe.close(), 'close')))
  return ports
}
