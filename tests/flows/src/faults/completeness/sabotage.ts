import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { FaultBench } from '../bench/fault-bench.ts'
import { scanCompleted } from '../load/scan-completed.ts'

/** What somebody has done to an outbox and to the receiver behind their backs. */
export interface Sabotage {
  /** Events that the receiver does not have, although they were delivered. */
  lost: string[]
  /** Events that only the receiver knows. */
  unexplained: string[]
  /** Puts back the rows that were taken from the outbox. */
  undo(): void
}

/** Deletes rows at the receiver and in the outbox, and marks events as delivered that never were. */
export const sabotage = async (
  bench: FaultBench,
  { path, round, step }: { path: string; round: string; step: number },
): Promise<Sabotage> => {
  const outbox = new DatabaseSync(path, { timeout: 5000 })
  const delivered = outbox
    .prepare(`SELECT id FROM events WHERE state = 'delivered' AND is_compared = 1 ORDER BY random() LIMIT 5`)
    .all()
    .map(({ id }) => String(id))
  const [deletedHere = '', ...deletedThere] = delivered
  await bench.pool.query('DELETE FROM tenant_events WHERE id = ANY($1)', [deletedThere])

  const row = outbox.prepare('SELECT * FROM events WHERE id = ?').get(deletedHere) as Record<string, string>
  outbox.prepare('DELETE FROM events WHERE id = ?').run(deletedHere)
  const neverSent = [markDelivered(outbox, round, step * 2), markDelivered(outbox, round, step * 2 + 1)]
  return {
    lost: [...deletedThere, ...neverSent],
    unexplained: [deletedHere],
    undo() {
      const names = Object.keys(row)
      outbox
        .prepare(`INSERT INTO events (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
        .run(...Object.values(row))
      outbox.close()
    },
  }
}

const markDelivered = (outbox: DatabaseSync, round: string, number: number): string => {
  const id = randomUUID()
  const body = JSON.stringify(scanCompleted(round, 5_000_000 + number))
  const nowMs = Date.now()
  outbox.exec('BEGIN IMMEDIATE')
  outbox
    .prepare(
      `INSERT INTO events (id, event_type, body, state, attempts, is_compared, accepted_at, changed_at)
       VALUES (?, 'scan.completed', ?, 'delivered', 1, 1, ?, ?)`,
    )
    .run(id, body, nowMs, nowMs)
  for (const counter of ['accepted', 'delivered']) {
    outbox
      .prepare('INSERT INTO ledger VALUES (?, 1) ON CONFLICT (counter) DO UPDATE SET events = events + 1')
      .run(counter)
  }
  outbox.exec('COMMIT')
  return id
}
