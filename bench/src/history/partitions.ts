import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { v7 } from 'uuid'
import { type Competitor, compare } from '../measuring/compare.ts'
import type { BenchmarkRow, Figures } from '../measuring/samples.ts'
import { timed } from '../measuring/timed.ts'
import type { History } from './fill-history.ts'
import { progress } from './progress.ts'

const weekMs = 7 * 86_400_000
const groups = 400
const groupEvents = 25

/**
 * Whether partitions by range of `id` would pay: the last events of the history, at most a million, in one table and in one with a
 * partition for each week, of which the first and the last take all other ids. A prototype: nothing in the product uses it.
 */
export const comparePartitions = async ({
  databaseUrl,
  events,
  receivedAtMs,
}: History): Promise<BenchmarkRow[]> => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const copied = Math.min(1_000_000, events / 4)
  const every = Math.round(events / copied)
  progress(`partitions: copying each ${every}th event twice`)
  await pool.query('DROP TABLE IF EXISTS plain, weekly')
  await pool.query('CREATE TABLE plain (LIKE tenant_events INCLUDING ALL)')
  await pool.query('CREATE TABLE weekly (LIKE tenant_events INCLUDING ALL) PARTITION BY RANGE (id)')
  const bounds: number[] = []
  for (let at = receivedAtMs(0) + weekMs; at < Date.now() + 2 * weekMs; at += weekMs) bounds.push(at)
  const idAt = (ms: number | undefined, edge: string): string =>
    ms === undefined
      ? edge
      : `'${ms
          .toString(16)
          .padStart(12, '0')
          .replace(/^(.{8})/, '$1-')}'`
  for (let week = 0; week <= bounds.length; week += 1) {
    const [from, to] = [idAt(bounds[week - 1], 'MINVALUE'), idAt(bounds[week], 'MAXVALUE')]
    await pool.query(`CREATE TABLE weekly_${week} PARTITION OF weekly FOR VALUES FROM (${from}) TO (${to})`)
  }
  for (const table of ['plain', 'weekly']) {
    // Evenly from the whole history: chosen by the last digits of their ids, which are random.
    await pool.query(
      `INSERT INTO ${table} SELECT * FROM tenant_events WHERE ('x' || right(id, 7))::bit(28)::int % ${every} = 0 ORDER BY id`,
    )
    await pool.query(`VACUUM ANALYZE ${table}`)
  }
  const competitor = (
    name: string,
    table: string,
    purge: (from: number, to: number) => Promise<unknown>,
  ): Competitor => {
    let round = 0
    return {
      name,
      run: async (): Promise<Figures> => {
        const writes = await walOf(pool, () => insertGroups(pool, table))
        const reading = await timed(() => readOnePage(pool, table))
        const counting = await timed(() => countDay(pool, table))
        round += 1
        const [from, to] = [bounds[round - 2] ?? 0, bounds[round - 1] ?? 0]
        const purging = await walOf(pool, () => purge(from, to))
        const inserted = groups * groupEvents
        return {
          'inserts/s': (inserted / writes.ms) * 1000,
          'WAL bytes each': writes.bytes / inserted,
          "a tenant's page ms": reading,
          'a day ms': counting,
          'week gone ms': purging.ms,
          'week gone WAL MB': purging.bytes / 1_048_576,
        }
      },
    }
  }
  let week = 0
  const rows = await compare({
    title: `One table and weekly partitions, ${copied} events each; a week is summed, then deleted or detached`,
    competitors: [
      competitor('plain', 'plain', async (from, to) => {
        await pool.query(sumsSql('plain'), [new Date(from), new Date(to)])
        await pool.query('DELETE FROM plain WHERE received_at >= $1 AND received_at < $2', [
          new Date(from),
          new Date(to),
        ])
      }),
      competitor('weekly', 'weekly', async () => {
        await pool.query(sumsSql(`weekly_${week}`), [new Date(0), new Date()])
        await pool.query(`ALTER TABLE weekly DETACH PARTITION weekly_${week} CONCURRENTLY`)
        await pool.query(`DROP TABLE weekly_${week}`)
        week += 1
      }),
    ],
    targets: [
      {
        name: 'weekly partitions / one table, inserts',
        figure: 'inserts/s',
        of: 'weekly',
        against: 'plain',
        atLeast: 0.9,
      },
      {
        name: "weekly partitions / one table, a tenant's page",
        figure: "a tenant's page ms",
        of: 'weekly',
        against: 'plain',
        atMost: 1.2,
      },
    ],
  })
  await pool.query('DROP TABLE plain, weekly')
  await pool.end()
  return rows
}

const walOf = async (pool: pg.Pool, run: () => Promise<unknown>): Promise<{ ms: number; bytes: number }> => {
  const position = async () =>
    (await pool.query('SELECT pg_current_wal_insert_lsn()::text AS lsn')).rows[0].lsn
  const from = await position()
  const ms = await timed(run)
  const { rows } = await pool.query('SELECT pg_wal_lsn_diff($2, $1)::float8 AS bytes', [
    from,
    await position(),
  ])
  return { ms, bytes: rows[0].bytes }
}

const insertGroups = async (pool: pg.Pool, table: string): Promise<void> => {
  for (let group = 0; group < groups; group += 1) {
    await pool.query({
      name: `insert into ${table}`,
      text: `INSERT INTO ${table} (id, tenant_id, event_type, payload, occurred_at, received_at)
        SELECT id, 'tenant-' || number, 'scan.completed', $2::jsonb, now(), now()
        FROM unnest($1::text[]) WITH ORDINALITY AS event(id, number) ORDER BY id ON CONFLICT (id) DO NOTHING`,
      values: [
        Array.from({ length: groupEvents }, () => v7()),
        JSON.stringify({ jobId: randomUUID(), mediaCount: 20, identitiesDetected: 60, durationMs: 3000 }),
      ],
    })
  }
}

const sumsSql = (table: string): string =>
  `SELECT tenant_id, occurred_at::date, count(*), sum((payload->>'mediaCount')::bigint) FROM ${table}
   WHERE received_at >= $1 AND received_at < $2 GROUP BY 1, 2`

const readOnePage = (pool: pg.Pool, table: string) =>
  pool.query(
    `SELECT * FROM ${table} WHERE tenant_id = 'tenant-7' ORDER BY received_at DESC, id DESC LIMIT 51`,
  )

const countDay = (pool: pg.Pool, table: string) =>
  pool.query(
    `SELECT event_type, count(*) FROM ${table} WHERE received_at >= now() - interval '1 day' GROUP BY 1`,
  )
