import { randomUUID } from 'node:crypto'
import type { AttackReport, AttackTarget } from './attack.ts'
import { createKeepAliveClient } from './keep-alive-client.ts'
import { head, isCutWithin, openSocket } from './open-socket.ts'

interface CrowdReport extends AttackReport {
  p99Ms: number
  lost: number
  inOneSecond: number
}

const path = '/v1/webhooks/description-service'

/** Enough usage for a report to be work. */
const fillUsage = (target: AttackTarget, tenants: number) =>
  target.query(
    `INSERT INTO service_usage_rollups (id, day, tenant_id, scans_completed, media_processed, updated_at)
     SELECT gen_random_uuid(), current_date - age, 'tenant-' || tenant, 9, 180, now()
     FROM generate_series(1, 25) AS age, generate_series(1, $1::int) AS tenant`,
    [tenants],
  )

/**
 * Slow strangers, who each come back when they are cut off, and readers of the heaviest report in a loop, while good senders
 * send. Events of good senders that were not stored in the end count as got through.
 */
export const comeAllAtOnce = async (
  target: AttackTarget,
  {
    strangers,
    readers,
    tenants,
    senders,
    eventsEach,
  }: Record<'strangers' | 'readers' | 'tenants' | 'senders' | 'eventsEach', number>,
): Promise<CrowdReport> => {
  await fillUsage(target, tenants)
  const over = new AbortController()
  const crowd = [
    ...Array.from({ length: strangers }, (_, index) => comeBack(target, index, over.signal)),
    ...Array.from({ length: readers }, () => readInALoop(target, over.signal)),
  ]
  const sent = await Promise.all(Array.from({ length: senders }, () => sendGoodEvents(target, eventsEach)))
  over.abort()
  await Promise.allSettled(crowd)

  const ids = sent.flatMap((sender) => sender.map(({ id }) => id))
  const latenciesMs = sent.flatMap((sender) => sender.map(({ ms }) => ms)).toSorted((a, b) => a - b)
  const p99Ms = latenciesMs[Math.ceil(latenciesMs.length * 0.99) - 1] ?? Number.NaN
  const inOneSecond = latenciesMs.filter((ms) => ms <= 1000).length / latenciesMs.length
  const [stored] = await target.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM tenant_events WHERE id = ANY($1)',
    [ids],
  )
  const lost = ids.length - (stored?.count ?? 0)
  return {
    attack: `${strangers} slow strangers and ${readers} heavy readers against ${senders} good senders (their p99 ${Math.round(p99Ms)} ms, ${(inOneSecond * 100).toFixed(1)} % within 1 s, lost ${lost})`,
    tried: ids.length,
    gotThrough: lost,
    p99Ms,
    lost,
    inOneSecond,
  }
}

const comeBack = async (target: AttackTarget, index: number, signal: AbortSignal): Promise<void> => {
  const body = { 'content-type': 'application/json', 'content-length': '1000' }
  while (!signal.aborted) {
    const socket = await openSocket(target)
    socket.write(head(index % 2 === 0 ? path : '/v1/events', body, { isWhole: index % 3 > 0 }))
    const trickle = setInterval(() => socket.write('x'), 1000)
    const leave = (): void => void socket.destroy()
    signal.addEventListener('abort', leave)
    await isCutWithin(socket, 60_000)
    clearInterval(trickle)
    signal.removeEventListener('abort', leave)
    socket.destroy()
  }
}

const readInALoop = async ({ host, port, adminKey }: AttackTarget, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const response = await fetch(`http://${host}:${port}/v1/metrics/tenants`, {
      headers: { 'x-admin-key': adminKey },
      signal,
    })
    await response.arrayBuffer()
  }
}

/** Sends each event until the response is 200, as an emitter would; the time is that of all its attempts. */
const sendGoodEvents = async (
  target: AttackTarget,
  events: number,
): Promise<readonly { id: string; ms: number }[]> => {
  const client = createKeepAliveClient(target)
  const sent: { id: string; ms: number }[] = []
  for (let number = 0; number < events; number += 1) {
    const id = randomUUID()
    const body = JSON.stringify({
      eventType: 'scan.completed',
      tenantId: `tenant-${number}`,
      occurredAt: new Date().toISOString(),
      payload: { jobId: id, mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
    })
    const headers = {
      'content-type': 'application/json',
      'x-admin-key': target.adminKey,
      'webhook-id': id,
      'content-length': String(Buffer.byteLength(body)),
    }
    const startMs = performance.now()
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const response = await client.send(Buffer.from(`${head(path, headers)}${body}`))
      if (response?.status === 200) break
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** Math.min(attempt, 5)))
    }
    sent.push({ id, ms: performance.now() - startMs })
  }
  client.close()
  return sent
}
