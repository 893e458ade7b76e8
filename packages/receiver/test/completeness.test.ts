import { randomUUID } from 'node:crypto'
import {
  createIdSum,
  digestIds,
  firstIdOf,
  idBucketOf,
  type RangeResult,
  shortIdHash,
} from '@altcontext/webhook-contract'
import { compareRanges, type Database, fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { eventually, jsonHeaders, path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const producer = randomUUID()
const other = randomUUID()
const salt = '00112233445566ff'
/** As a UUIDv7 that was made at that moment. */
const idAt = (ms: number): string => `${firstIdOf(ms).slice(0, 14)}7${randomUUID().slice(15)}`
/** In order, a minute apart. */
const ids = Array.from({ length: 300 }, (_, at) => idAt(Date.UTC(2026, 1, 13) + at * 60_000))

const ask = async (body: Record<string, unknown>): Promise<RangeResult[]> => {
  const { post } = await receiver.start()
  const response = await post({ producer, salt, ...body }, { url: `${path}/reconcile` })
  expect(response.statusCode, response.body).toBe(200)
  return response.json().results
}

const whole = (set: readonly string[]) => ({ from: '', to: null, ...digestIds(set, salt) })

beforeAll(async () => {
  await receiver.pool.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, occurred_at, producer_id)
     SELECT id, 'tenant-1', 'scan.completed', now() AT TIME ZONE 'UTC', $2 FROM unnest($1::text[]) AS given (id)`,
    [ids, producer],
  )
})

test('keeps the producer of a single event and of a batch with the row', async () => {
  const { post } = await receiver.start()
  const id = idAt(Date.now())
  await post({ ...scanCompleted(), producer: other }, { headers: { 'webhook-id': id } })
  const batch = await post(
    { producer: other, events: [scanCompleted(), scanCompleted()] },
    { url: `${path}/batch` },
  )
  const stored = [id, ...batch.json().results.map(({ eventId }: { eventId: string }) => eventId)]
  const rows = await receiver.rows('SELECT id FROM tenant_events WHERE producer_id = $1', [other])
  expect(rows).toHaveLength(3)
  expect(rows).toEqual(expect.arrayContaining(stored.map((id) => ({ id }))))
})

test('refuses an event whose producer is not a UUID in lower case', async () => {
  const { post } = await receiver.start()
  const response = await post({ ...scanCompleted(), producer: 'one' })
  expect(response.statusCode).toBe(400)
  expect(response.json().issues).toEqual([{ path: 'producer', message: 'Expected a UUID in lower case' }])
})

test('reports equal for the same ids, for no ids, and for each producer separately', async () => {
  expect(await ask({ ranges: [whole(ids), { ...whole([]), to: ids[0] }] })).toEqual([
    { status: 'equal' },
    { status: 'equal' },
  ])
  expect(await ask({ producer: randomUUID(), ranges: [whole([])] })).toEqual([{ status: 'equal' }])
})

test('splits a range that differs by rank into pieces with the sums of its own ids', async () => {
  const [result] = await ask({ ranges: [whole(ids.slice(1))] })
  if (result?.status !== 'differs') throw new Error(`The result is ${result?.status}.`)
  expect(result.count).toBe(300)
  expect(result.bounds).toHaveLength(15)
  const parts = ['', ...result.bounds].map((from, at) =>
    ids.filter((id) => id >= from && id < (result.bounds[at] ?? 'g')),
  )
  expect(parts.map(({ length }) => length)).toEqual(
    parts.map(() => expect.toSatisfy((n) => n === 18 || n === 19)),
  )
  expect(result.sums).toEqual(parts.map((part) => digestIds(part, salt).sum.slice(0, 8)))
})

test('returns short hashes for a small range, and ids when it is asked to list them', async () => {
  const [from, to] = [ids[10] as string, ids[13] as string]
  const range = { from, to, ...digestIds(ids.slice(10, 12), salt) }
  expect(await ask({ ranges: [range, { ...range, list: true }] })).toEqual([
    { status: 'ids', hashes: ids.slice(10, 13).map((id) => shortIdHash(id, salt)) },
    { status: 'ids', ids: ids.slice(10, 13) },
  ])
})

test('compares purged events by whole buckets, and says so if asked otherwise', async () => {
  const sealing = randomUUID()
  const sealed = ids.slice(0, 60)
  const kept = ids.slice(60, 90)
  const sum = createIdSum()
  for (const id of sealed) sum.add(id)
  const { from, to } = idBucketOf(sealed[0] as string)
  await receiver.pool.query('UPDATE tenant_events SET producer_id = $1 WHERE id = ANY($2)', [sealing, kept])
  await receiver.pool.query('INSERT INTO sealed_event_ids VALUES ($1, $2, $3, $4, $5)', [
    sealing,
    '',
    from,
    60,
    String(sum.total),
  ])
  const all = { from: '', to: null, ...digestIds([...sealed, ...kept]) }
  const hour = { from, to, ...digestIds(sealed.slice(1)) }
  const [equal, cut, one, parts] = await ask({
    producer: sealing,
    salt: '',
    ranges: [all, { ...all, from: sealed[3] }, hour, { ...all, ...digestIds(kept) }],
  })
  expect(equal).toEqual({ status: 'equal' })
  expect(cut).toEqual({ status: 'sealed' })
  expect(one).toEqual({ status: 'sealed', ...digestIds(sealed) })
  expect(parts).toEqual({
    status: 'differs',
    count: 90,
    bounds: [from, to, idBucketOf(to as string).to],
    sums: [[], sealed, kept, []].map((part) => digestIds(part).sum.slice(0, 8)),
  })
  expect(await ask({ producer: sealing, ranges: [whole([...sealed, ...kept])] })).toEqual([
    { status: 'sealed' },
  ])
  await receiver.pool.query('UPDATE tenant_events SET producer_id = $1 WHERE id = ANY($2)', [producer, kept])
})

test('knows nothing of ids below its floor', async () => {
  const producer = randomUUID()
  const floor = ids[5] as string
  await receiver.pool.query(
    'INSERT INTO event_producers (producer_id, first_seen_at, floor) VALUES ($1, now(), $2)',
    [producer, floor],
  )
  expect(await ask({ producer, ranges: [whole([]), { ...whole([]), from: floor }] })).toEqual([
    { status: 'before_floor', floor },
    { status: 'equal' },
  ])
})

test('reads no row of another producer in a range, however many there are', async () => {
  await receiver.pool.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, occurred_at, producer_id)
     SELECT $1 || lpad(n::text, 12, '0'), 'tenant-1', 'scan.completed', now() AT TIME ZONE 'UTC', $2 FROM generate_series(1, 20000) n`,
    [(ids[10] as string).slice(0, 24), randomUUID()],
  )
  await receiver.pool.query('ANALYZE tenant_events')
  const plans = await plansOf(fromPg(receiver.pool), async (database) => {
    // Of all ids to sum and split, of few to sum and list, and of whole hours for what is sealed.
    const listed = { from: ids[10] as string, to: ids[13] as string, ...digestIds([]) }
    await compareRanges(database, { producer, salt, ranges: [whole([]), listed] })
    await compareRanges(database, { producer, salt: '', ranges: [whole([])] })
  })
  const ofEvents = plans.filter((plan) => plan.includes('tenant_events'))
  expect(ofEvents).toHaveLength(5)
  for (const plan of ofEvents) {
    expect(plan).toContain('tenant_events_producer_idx')
    expect(plan).not.toContain('Rows Removed by Filter')
  }
})

/** Nobody reads events until it is given back. */
const holdEvents = async () => {
  const holder = new pg.Client({ connectionString: receiver.url })
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE tenant_events')
  return {
    waiting: async () => {
      const [row] = await receiver.rows<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      )
      return row?.count
    },
    [Symbol.asyncDispose]: () => holder.end(),
  }
}

test('gives up a comparison as a whole, however many statements are left, and ends the one that runs', async () => {
  await using held = await holdEvents()
  const compared = compareRanges(
    fromPg(receiver.pool),
    { producer, salt, ranges: [whole(ids)] },
    { deadlineMs: 300 },
  )
  await expect(compared).rejects.toMatchObject({ code: 'report_too_slow' })
  await eventually(async () => expect(await held.waiting()).toBe(0))
})

test('ends the comparisons of a client that has left, and compares for the next one', async () => {
  const { app, refused, post } = await receiver.start()
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const body = JSON.stringify({ producer, salt, ranges: [whole(ids)] })
  {
    await using held = await holdEvents()
    const leaving = new AbortController()
    const left = Array.from({ length: 2 }, () =>
      fetch(`${origin}${path}/reconcile`, {
        method: 'POST',
        headers: jsonHeaders,
        body,
        signal: leaving.signal,
      }),
    )
    await eventually(async () => expect(await held.waiting()).toBe(2))
    expect((await post(body, { url: `${path}/reconcile` })).statusCode).toBe(503)
    leaving.abort()
    await Promise.allSettled(left)
    await eventually(async () => expect(await held.waiting()).toBe(0))
  }
  await eventually(async () =>
    expect((await post(body, { url: `${path}/reconcile` })).json().results).toEqual([{ status: 'equal' }]),
  )
  // A client that has left was not refused.
  expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['overloaded']))
})

/** How PostgreSQL has run each statement of `run`. */
const plansOf = async (
  database: Database,
  run: (database: Database) => Promise<unknown>,
): Promise<string[]> => {
  const plans: string[] = []
  const explained = (tx: Database): Database => ({
    query: async (text, params) => {
      const plan = await tx.query<Record<string, string>>(`EXPLAIN (ANALYZE, COSTS OFF) ${text}`, params)
      plans.push(plan.map((line) => line['QUERY PLAN']).join('\n'))
      return tx.query(text, params)
    },
    transaction: (nested) => nested(explained(tx)),
    leadScope: tx.leadScope,
  })
  await run({
    ...database,
    transaction: (work, options) => database.transaction((tx) => work(explained(tx)), options),
  })
  return plans
}

test('refuses a request that breaks the protocol, is too large, or has too many ranges', async () => {
  const { post } = await receiver.start()
  const url = `${path}/reconcile`
  expect((await post({ producer: 'x', ranges: [] }, { url })).statusCode).toBe(400)
  const many = Array.from({ length: 257 }, () => whole([]))
  expect((await post({ producer, ranges: many }, { url })).statusCode).toBe(400)
  expect((await post(`"${'x'.repeat(65_536)}"`, { url })).statusCode).toBe(413)
  expect(
    (await post({ producer, ranges: [] }, { url, headers: { 'x-admin-key': 'wrong' } })).statusCode,
  ).toBe(401)
})

test('keeps the last heartbeat and the last proof of a producer', async () => {
  const { post } = await receiver.start()
  const producer = randomUUID()
  const heartbeat = {
    producer,
    sentAt: '2026-02-13T12:00:00.000Z',
    intervalMs: 60_000,
    closedThrough: '2026-02-13T11:58:00.000Z',
    oldestPendingMs: null,
    ledger: { accepted: 1, delivered: 1, duplicate: 0, pending: 0, dead: 0, dropped: {} },
  }
  const proof = {
    at: '2026-02-13T12:00:00.000Z',
    through: '2026-02-13T11:58:00.000Z',
    compared: 1,
    lost: 0,
    raced: 0,
    unrepaired: 0,
    unexplained: 0,
    gaps: [],
  }
  const beat = await post(heartbeat, { url: `${path}/heartbeat` })
  expect(beat.json()).toEqual({ ok: true })
  expect((await post({ producer, ranges: [], proof }, { url: `${path}/reconcile` })).json()).toEqual({
    ok: true,
    results: [],
  })
  const [row] = await receiver.rows<Record<string, unknown>>(
    `SELECT heartbeat_interval_ms, closed_through::text, ledger, proof FROM event_producers WHERE producer_id = $1`,
    [producer],
  )
  expect(row).toEqual({
    heartbeat_interval_ms: 60_000,
    closed_through: '2026-02-13 11:58:00',
    ledger: heartbeat.ledger,
    proof,
  })
})
