import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { FaultBench } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { scanCompleted } from '../load/scan-completed.ts'
import { olderId } from './late-product.ts'

/** What the test has changed in an outbox and at the receiver without their knowledge. */
export interface Sabotage {
  /** Events that the receiver does not have, although they were delivered. */
  lost: string[]
  /** Events that only the receiver knows. */
  unexplained: string[]
  /** Puts back the row that was taken from the outbox. */
  undo(): void | Promise<void>
}

/** How many delivered events are chosen: one is deleted in the outbox, the others at the receiver. */
const chosen = 5
/** A number that no other event has. */
const firstNumber = 5_000_000

/**
 * Deletes rows at the receiver and in an outbox, and marks events as delivered that never were.
 *
 * @param told ids of events that nobody posts again: otherwise a deleted row would come back
 */
export const createSqliteSabotage = (
  bench: FaultBench,
  { path, round, told }: { path: string; round: string; told: readonly string[] },
): (() => Promise<Sabotage>) => {
  let number = firstNumber
  return async () => {
    const outbox = new DatabaseSync(path, { timeout: 30_000 })
    const delivered = outbox
      .prepare(
        `SELECT id FROM events WHERE state = 'delivered' AND is_compared = 1 AND id IN (SELECT value FROM json_each(?))
         ORDER BY random() LIMIT ?`,
      )
      .all(JSON.stringify(told), chosen)
      .map(({ id }) => String(id))
    const [deletedHere = '', ...deletedThere] = delivered
    const row = outbox.prepare('SELECT * FROM events WHERE id = ?').get(deletedHere) as Record<string, string>
    await bench.pool.query('DELETE FROM tenant_events WHERE id = ANY($1)', [deletedThere])
    outbox.prepare('DELETE FROM events WHERE id = ?').run(deletedHere)
    const neverSent = [randomUUID(), olderId()]
    for (const id of neverSent) {
      number += 1
      markDelivered(outbox, id, JSON.stringify(scanCompleted(round, number)))
    }
    return {
      lost: [...deletedThere, ...neverSent],
      unexplained: [deletedHere],
      undo() {
        // The number of the last row is given to the next one.
        const { seq, ...kept } = row
        const names = Object.keys(kept)
        outbox
          .prepare(`INSERT INTO events (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
          .run(...Object.values(kept))
        outbox.close()
      },
    }
  }
}

const markDelivered = (outbox: DatabaseSync, id: string, body: string): void => {
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
}

/** The same in PostgreSQL. */
export const createPostgresSabotage = (
  bench: FaultBench,
  { schema, told }: { schema: string; told: readonly string[] },
): (() => Promise<Sabotage>) => {
  let number = firstNumber
  return async () => {
    const { pool } = bench
    let delivered: { id: string }[] = []
    await waitUntil('enough is delivered', async () => {
      const { rows } = await pool.query(
        `SELECT id FROM ${schema}.webhook_outbox WHERE state = 'delivered' AND is_compared AND id = ANY($1::uuid[])
         ORDER BY random() LIMIT $2`,
        [told, chosen],
      )
      delivered = rows
      return rows.length === chosen
    })
    const [deletedHere = '', ...deletedThere] = delivered.map(({ id }) => String(id))
    await pool.query('DELETE FROM tenant_events WHERE id = ANY($1)', [deletedThere])
    const { rows: deleted } = await pool.query(
      `DELETE FROM ${schema}.webhook_outbox AS event WHERE id = $1::uuid RETURNING to_jsonb(event) AS row`,
      [deletedHere],
    )
    const neverSent = [randomUUID(), olderId()]
    for (const id of neverSent) {
      number += 1
      await pool.query(
        `INSERT INTO ${schema}.webhook_outbox (id, event_type, body, state, attempts, is_compared)
         VALUES ($1, 'scan.completed', $2, 'delivered', 1, true)`,
        [id, JSON.stringify(scanCompleted(schema, number))],
      )
    }
    return {
      lost: [...deletedThere, ...neverSent],
      unexplained: [deletedHere],
      async undo() {
        await pool.query(
          `INSERT INTO ${schema}.webhook_outbox OVERRIDING SYSTEM VALUE
           SELECT * FROM jsonb_populate_record(NULL::${schema}.webhook_outbox, $1)`,
          [JSON.stringify(deleted[0].row)],
        )
      },
    }
  }
}
