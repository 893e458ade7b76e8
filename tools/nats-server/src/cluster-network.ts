import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

/** Three network namespaces, each linked with the other two and with this machine. */
export interface ClusterNetwork {
  /** Before a command that is to run in the namespace of a node. */
  enter(node: number): readonly string[]
  /** The address at which this machine, and its clients, find a node. */
  hostOf(node: number): string
  /** The address at which one node finds another. */
  routeHost(node: number, other: number): string
  /** Takes away the link between two nodes; clients reach both all the same. */
  cut(node: number, other: number): void
  heal(): void
  remove(): void
}

const nodes = [0, 1, 2] as const
const pairs = [
  [0, 1],
  [1, 2],
  [0, 2],
] as const

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Why this machine can create no namespaces; `undefined` when it can. */
export const whyNoNamespaces = (): string | undefined => {
  const name = `nats${process.pid}probe`
  try {
    ip('netns', 'add', name)
    ip('netns', 'delete', name)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'ip (Debian’s iproute2) is not installed'
      : 'this user may not create network namespaces'
  }
}

/** A network of its own for a cluster: removed by `remove()`, or with the machine. */
export const createClusterNetwork = (): ClusterNetwork => {
  const id = `${process.pid.toString(36)}${randomInt(36 ** 2).toString(36)}`
  const net = `10.${randomInt(64, 192)}.${randomInt(256)}`
  const namespace = (node: number): string => `nats-${id}-${node + 1}`
  const link = (node: number, other: number): string => `n${id}${node + 1}${other + 1}`
  const pairOf = (node: number, other: number): number =>
    pairs.findIndex(
      ([first, second]) => (node === first && other === second) || (node === second && other === first),
    )

  /** In a network of two addresses, the first three of which are those to this machine. */
  const address = (block: number, end: 1 | 2): string => `${net}.${4 * block + end}`
  const remove = (): void => {
    for (const node of nodes) {
      try {
        ip('netns', 'delete', namespace(node))
      } catch {
        // It was not created.
      }
    }
  }
  try {
    for (const node of nodes) {
      ip('netns', 'add', namespace(node))
      ip('-n', namespace(node), 'link', 'set', 'lo', 'up')
      const [here, there] = [`n${id}h${node + 1}`, 'clients']
      ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', namespace(node))
      ip('address', 'add', `${address(node, 1)}/30`, 'dev', here)
      ip('link', 'set', here, 'up')
      ip('-n', namespace(node), 'address', 'add', `${address(node, 2)}/30`, 'dev', there)
      ip('-n', namespace(node), 'link', 'set', there, 'up')
    }
    for (const [index, [first, second]] of pairs.entries()) {
      const [from, to] = [link(first, second), link(second, first)]
      ip(
        '-n',
        namespace(first),
        'link',
        'add',
        from,
        'type',
        'veth',
        'peer',
        'name',
        to,
        'netns',
        namespace(second),
      )
      ip('-n', namespace(first), 'address', 'add', `${address(3 + index, 1)}/30`, 'dev', from)
      ip('-n', namespace(second), 'address', 'add', `${address(3 + index, 2)}/30`, 'dev', to)
      ip('-n', namespace(first), 'link', 'set', from, 'up')
      ip('-n', namespace(second), 'link', 'set', to, 'up')
    }
  } catch (error) {
    remove()
    throw error
  }

  /** Both ends, because an end that is down stays down, whatever happens to the other. */
  const setPair = (node: number, other: number, state: 'up' | 'down'): void => {
    ip('-n', namespace(node), 'link', 'set', link(node, other), state)
    ip('-n', namespace(other), 'link', 'set', link(other, node), state)
  }
  return {
    enter: (node) => ['ip', 'netns', 'exec', namespace(node)],
    hostOf: (node) => address(node, 2),
    routeHost: (node, other) => {
      const pair = pairOf(node, other)
      return address(3 + pair, pairs[pair]?.[0] === other ? 1 : 2)
    },
    cut: (node, other) => setPair(node, other, 'down'),
    heal: () => {
      for (const [first, second] of pairs) setPair(first, second, 'up')
    },
    remove,
  }
}
