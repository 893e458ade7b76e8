import type { AttackReport, AttackTarget } from './attack.ts'
import { createKeepAliveClient } from './keep-alive-client.ts'
import { rssMbOf } from './memory-of.ts'
import { head, openSocket } from './open-socket.ts'

const path = '/v1/webhooks/description-service'

const event = (payload: unknown) => ({
  eventType: 'scan.failed',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload,
})
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

/** Events beyond the limits, alone and within batches: too large, too deep, with too many keys. None may be stored. */
export const sendOversizedEvents = async (target: AttackTarget): Promise<AttackReport> => {
  const large = event({ jobId: 'job', mediaCount: 1, errorMessage: 'x'.repeat(1_900_000) })
  const wide = event(Object.fromEntries(Array.from({ length: 5000 }, (_, key) => [`k${key}`, 1])))
  const deep = JSON.stringify(event('DEEP')).replace('"DEEP"', nested(5000))
  const texts = [JSON.stringify(large), JSON.stringify(wide), deep]
  const bodies = texts.flatMap((text): [string, string][] => [
    [path, text],
    [`${path}/batch`, `{"events":[${text}]}`],
  ])
  const client = createKeepAliveClient(target)
  let gotThrough = 0
  for (const [route, body] of bodies) {
    const headers = {
      'content-type': 'application/json',
      'x-admin-key': target.adminKey,
      'content-length': String(Buffer.byteLength(body)),
    }
    const response = await client.send(Buffer.from(`${head(route, headers)}${body}`))
    // A sender that is cut off before the whole body was sent has not got through either.
    const isRefused = response === undefined || response.status === 400 || response.status === 413
    if (!isRefused && !response.body.includes('"status":"invalid"')) gotThrough += 1
  }
  client.close()
  const [stored] = await target.query<{ count: number }>('SELECT count(*)::int AS count FROM tenant_events')
  return {
    attack: 'send events that are too large, too deep or have too many keys, alone and in batches',
    tried: bodies.length,
    gotThrough: gotThrough + (stored?.count ?? 1),
  }
}

/** Holds bodies of 2 MiB open, each complete except for its last byte. Memory beyond `maxMb` got through. */
export const holdBodies = async (
  target: { host: string; port: number; pid: number },
  {
    name,
    route,
    key,
    bodies,
    maxMb,
  }: { name: string; route: string; key: Record<string, string>; bodies: number; maxMb: number },
): Promise<AttackReport> => {
  const bytes = 2_097_152
  const before = rssMbOf(target.pid)
  const body = Buffer.alloc(bytes - 1, ' ')
  const sockets = await Promise.all(
    Array.from({ length: bodies }, async () => {
      const socket = await openSocket(target)
      socket.resume()
      socket.write(
        head(route, { 'content-type': 'application/json', 'content-length': String(bytes), ...key }),
      )
      // Until the server has read it, or has cut the connection.
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve())
        if (socket.closed) resolve()
        else socket.write(body, () => resolve())
      })
      return socket
    }),
  )
  const grownMb = Math.round(rssMbOf(target.pid) - before)
  for (const socket of sockets) socket.destroy()
  return {
    attack: `fill the memory of ${name} with ${bodies} unfinished bodies of 2 MiB (it grew by ${grownMb} MB)`,
    tried: bodies,
    gotThrough: grownMb > maxMb ? bodies : 0,
  }
}
