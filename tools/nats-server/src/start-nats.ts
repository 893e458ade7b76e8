import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ClusterNetwork } from './cluster-network.ts'
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

/** Three servers, any two of which continue without the third; in a network of their own, where one is given. */
export const startNatsCluster = async (network?: ClusterNetwork): Promise<NatsCluster> => {
  const folder = mkdtempSync(join(tmpdir(), 'altcontext-nats-'))
  const nodes = (network === undefined ? await onLoopback() : inNamespaces(network)).map((settings, index) =>
    createNode({ folder, name: `n${index + 1}`, ...settings }),
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

const onLoopback = async (): Promise<NodePlace[]> => {
  const ports = await findFreePorts(6)
  const routes = ports.slice(3).map((port) => `nats-route://127.0.0.1:${port}`)
  return ports.slice(0, 3).map((port, index) => ({
    port,
    cluster: clusterSetting(`127.0.0.1:${ports[index + 3]}`, routes),
  }))
}

const inNamespaces = (network: ClusterNetwork): NodePlace[] => {
  const [clientsPort, routesPort] = [4222, 6222]
  return [0, 1, 2].map((node) => {
    const others = [0, 1, 2].filter((other) => other !== node)
    const routes = others.map((other) => `nats-route://${network.routeHost(node, other)}:${routesPort}`)
    return {
      enter: network.enter(node),
      host: network.hostOf(node),
      port: clientsPort,
      cluster: clusterSetting(`0.0.0.0:${routesPort}`, routes),
    }
  })
}

/** Without pings a server notices only after minutes that it is cut off. */
const clusterSetting = (listen: string, routes: readonly string[]): string =>
  `ping_interval: "2s", ping_max: 2
cluster { name: altcontext, listen: "${listen}", routes: ${JSON.stringify(routes)} }`

interface NodePlace {
  /** What to write before the command, so that it runs in a namespace. */
  enter?: readonly string[]
  host?: string
  port: number
  cluster: string
}

interface NodeSettings extends NodePlace {
  folder: string
  name: string
}

const createNode = ({
  folder,
  name,
  enter = [],
  host = '127.0.0.1',
  port,
  cluster,
}: NodeSettings): NatsNode => {
  const store = join(folder, name)
  const config = join(folder, `${name}.conf`)
  writeFileSync(
    config,
    `server_name: ${name}
listen: "${host}:${port}"
jetstream { store_dir: ${JSON.stringify(store)}, max_mem: 1GB, max_file: 10GB }
${cluster}
`,
  )
  let child: ChildProcess | undefined
  return {
    name,
    url: `nats://${host}:${port}`,
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
      const [command = file, ...args] = [...enter, file, '--config', config]
      child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
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
