import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  createSqliteOutbox,
  type OutboxRecords,
  openSqliteOutboxRecords,
} from '@altcontext/webhook-emitter/sqlite'
import { createTables, sealEventsSql } from '@altcontext/webhook-store'
import type { FaultBench } from '../bench/fault-bench.ts'
import { scanCompleted } from '../load/scan-completed.ts'
import { compareOutbox, expectIds } from './compare-outbox.ts'
import { idAt, momentOf } from './id-at.ts'

/** How many events the receiver loses, one after the other. */
const losses = [0, 1, 100, 10_000]

/**
 * An outbox and a receiver with the same delivered events of one week, of which the receiver then loses some. Each comparison has to find,
 * name and repair exactly those.
 *
 * @throws when it does not
 */
export const measureCompleteness = async (
  bench: FaultBench,
  events: number,
  print: (line: string) => void,
): Promise<void> => {
  const path = join(bench.folder, 'completeness.db')
  const open = () => openSqliteOutboxRecords({ path })
  const ids = await fill(bench, path, events)
  for (const loss of losses.filter((count) => count < events / 2)) {
    const gone = ids.toSorted(() => Math.random() - 0.5).slice(0, loss)
    await bench.pool.query('DELETE FROM tenant_events WHERE id = ANY($1)', [gone])
    const { lost, raced, unrepaired, unexplained, traffic, durationMs, compared } = await compareOutbox(
      open,
      bench.url,
    )
    expectIds(
      'lost',
      lost.map(({ eventId }) => eventId),
      gone,
    )
    expectIds(
      'neither lost nor there',
      [...raced, ...unexplained, ...unrepaired.map(({ eventId }) => eventId)],
      [],
    )
    const { rows } = await bench.pool.query(
      'SELECT count(*)::int AS stored FROM tenant_events WHERE tenant_id = $1',
      [tenant],
    )
    if (rows[0].stored !== events) throw new Error(`${events - rows[0].stored} events were not repaired`)
    // The last request only tells the receiver the result.
    const { requests, bytesSent, bytesReceived } = traffic
    print(
      `${compared} events, ${loss} deleted: ${lost.length} found, named and repaired; ${requests - 1} rounds and one for the proof, ${bytesSent + bytesReceived} bytes, ${(durationMs / 1000).toFixed(1)} s`,
    )
  }
  await compareSums(bench, open, events, print)
}

/** Both sides prune all events, and compare by sums. Then a sum is changed at the receiver. */
const compareSums = async (
  bench: FaultBench,
  open: () => OutboxRecords,
  events: number,
  print: (line: string) => void,
): Promise<void> => {
  const records = open()
  for (let pruned = 0; pruned < events; ) {
    const { deleted } = await records.prune({ olderThanMs: 0 })
    if (deleted === 0) throw new Error(`${events - pruned} events could not be pruned`)
    pruned += deleted
  }
  await records.close()
  await bench.pool.query(
    `WITH deleted AS (DELETE FROM tenant_events WHERE tenant_id = $1 RETURNING id, owner_id, producer_id),
       ${sealEventsSql('deleted', createTables())}
     SELECT`,
    [tenant],
  )
  const agreeing = await compareOutbox(open, bench.url)
  if (agreeing.compared !== events || agreeing.gaps.length > 0) {
    throw new Error(`${agreeing.compared} events compared by sums, ${agreeing.gaps.length} gaps`)
  }
  const { rows } = await bench.pool.query(
    `UPDATE sealed_event_ids SET events = events - 1, total = total - 1
     WHERE bucket = (SELECT bucket FROM sealed_event_ids WHERE total > 0 ORDER BY random() LIMIT 1) RETURNING bucket`,
  )
  const { gaps, traffic, durationMs } = await compareOutbox(open, bench.url)
  const [gap, ...others] = gaps
  const isNamed =
    others.length === 0 && gap?.events === 1 && Date.parse(gap.from) === momentOf(rows[0].bucket)
  if (!isNamed) throw new Error(`a changed hour was named as ${JSON.stringify(gaps)}`)
  print(
    `${events} events pruned on both sides: all hours agree; one hour changed: found and named; ${traffic.requests - 1} rounds and one for the proof, ${traffic.bytesSent + traffic.bytesReceived} bytes, ${(durationMs / 1000).toFixed(1)} s`,
  )
}

const tenant = 'completeness'
const weekMs = 7 * 86_400_000
const chunk = 10_000

const fill = async (bench: FaultBench, path: string, events: number): Promise<string[]> => {
  await createSqliteOutbox({ path }).close()
  const records = openSqliteOutboxRecords({ path })
  const producer = await records.completeness.producer()
  await records.close()
  const outbox = new DatabaseSync(path)
  const insert = outbox.prepare(
    `INSERT INTO events (id, event_type, body, state, attempts, is_compared, accepted_at, changed_at)
     VALUES (?, 'scan.completed', ?, 'delivered', 1, 1, ?, ?)`,
  )
  const startMs = Date.now() - weekMs
  const ids: string[] = []
  for (let first = 0; first < events; first += chunk) {
    const group = Array.from({ length: Math.min(chunk, events - first) }, (_, at) => {
      const ms = startMs + Math.floor(((first + at) * (weekMs - 3_600_000)) / events)
      return {
        ms,
        id: idAt(ms),
        event: scanCompleted(tenant, first + at),
      }
    })
    outbox.exec('BEGIN')
    for (const { id, ms, event } of group) insert.run(id, JSON.stringify(event), ms, ms)
    outbox.exec('COMMIT')
    await bench.pool.query(
      `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at, received_at, producer_id)
       SELECT given.id, $3, 'scan.completed', given.payload::jsonb, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', $4
       FROM unnest($1::text[], $2::text[]) AS given (id, payload)`,
      [group.map(({ id }) => id), group.map(({ event }) => JSON.stringify(event.payload)), tenant, producer],
    )
    ids.push(...group.map(({ id }) => id))
  }
  outbox.close()
  await bench.pool.query('ANALYZE tenant_events')
  return ids
}
