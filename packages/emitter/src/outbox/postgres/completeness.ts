import {
  type IdRange,
  idBucketSql,
  idHashSql,
  idTotalModulus,
  idTotalSql,
  padBound,
} from '@altcontext/webhook-contract'
import type { OutboxCompleteness } from '../durable/outbox-completeness.ts'
import type { PostgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'

/** SQL: delivered, and stored with the id of this outbox. The SQLite outbox explains which events are, and which are not. */
export const isComparedSql = `state IN ('delivered', 'duplicate') AND is_compared`
const inRange = `id >= $1::uuid AND ($2::uuid IS NULL OR id < $2::uuid)`

/** What the outbox in a database can say about its delivered events. */
export const createPostgresCompleteness = (
  pool: PostgresPool,
  { events, producer, sealed }: PostgresOutboxNames,
): OutboxCompleteness => {
  const bounds = ({ from, to }: IdRange): [string, string | null] => [
    padBound(from),
    to === null ? null : padBound(to),
  ]
  return {
    async producer() {
      const { rows } = await pool.query(`SELECT id FROM ${producer}`)
      return rows[0].id
    },

    async deliveredIds(range, maxIds) {
      const { rows } = await pool.query(
        `SELECT id FROM ${events} WHERE ${inRange} AND ${isComparedSql} ORDER BY id LIMIT $3`,
        [...bounds(range), maxIds],
      )
      return rows.map(({ id }) => id)
    },

    async otherIds(range) {
      const { rows } = await pool.query(
        `SELECT id FROM ${events} WHERE ${inRange} AND NOT (${isComparedSql})`,
        bounds(range),
      )
      return rows.map(({ id }) => id)
    },

    async sealedBuckets() {
      const { rows } = await pool.query(
        `SELECT bucket, events::float8 AS events, total::text AS total FROM ${sealed} ORDER BY bucket`,
      )
      return rows.map((row) => ({ bucket: row.bucket, count: row.events, total: BigInt(row.total) }))
    },

    async deliveredEvents(ids) {
      const { rows } = await pool.query(
        `SELECT id, event_type, body FROM ${events}
         WHERE id = ANY($1::uuid[]) AND ${isComparedSql} AND body IS NOT NULL`,
        [ids],
      )
      return rows.map(({ id, event_type: eventType, body }) => ({ id, eventType, body }))
    },

    async stopComparing(ids) {
      if (ids.length === 0) return
      await pool.query(`UPDATE ${events} SET is_compared = false WHERE id = ANY($1::uuid[])`, [ids])
    },

    async acceptedEvents({ sinceMs, after, maxEvents }) {
      const { rows } = await pool.query(
        `SELECT id, body FROM ${events} WHERE ($1::uuid IS NULL OR id > $1) AND accepted_at >= to_timestamp($2::float8 / 1000)
         ORDER BY id LIMIT $3`,
        [after === '' ? null : after, sinceMs, maxEvents],
      )
      return rows
    },

    async takeTurn(intervalMs) {
      const { rows } = await pool.query(
        `UPDATE ${producer} SET compared_at = now()
         WHERE compared_at <= now() - $1 * interval '1 millisecond' OR compared_at > now() RETURNING id`,
        [intervalMs],
      )
      return rows.length > 0
    },

    async progress() {
      const { rows } = await pool.query(
        `SELECT extract(epoch FROM now())::float8 * 1000 AS now,
           (SELECT extract(epoch FROM min(accepted_at))::float8 * 1000 FROM ${events} WHERE state = 'pending') AS oldest`,
      )
      return { nowMs: rows[0].now, oldestPendingMs: rows[0].oldest ?? undefined }
    },
  }
}

/**
 * SQL: CTEs that keep the sums of the delivered events among the rows of another, which has `id`, `state` and `is_compared`.
 * For the statement that deletes them.
 */
export const sealingCtes = (deleted: string, { sealed }: PostgresOutboxNames): string => `
  hashed AS MATERIALIZED (
    SELECT ${idBucketSql('id::text')}::uuid AS bucket, ${idHashSql('id::text')} AS hash FROM ${deleted} WHERE ${isComparedSql}
  ), sealed AS (
    INSERT INTO ${sealed} AS known (bucket, events, total)
    SELECT bucket, count(*), ${idTotalSql('hash')} FROM hashed GROUP BY bucket ORDER BY bucket
    ON CONFLICT (bucket) DO UPDATE SET events = known.events + excluded.events,
      total = mod(known.total + excluded.total, ${idTotalModulus})
  )`
