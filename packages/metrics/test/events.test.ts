import { createMetricsClient, type FollowedEvent, isMetricsError } from '@altcontext/webhook-metrics/client'
import type { FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { eventsResponseSchema, followEvents } from '../src/index.ts'
import { adminKey, ask, createTestBridge, eventId, type TestBridge } from './test-bridge.ts'
import { createExampleBridge, exampleEvents } from './worked-example.ts'

const now = () => Date.parse('2026-02-10T00:00:00Z')

const connectionsOf = (app: FastifyInstance) =>
  new Promise<number>((resolve, reject) =>
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

const read = async (bridge: TestBridge, query = '', at = now) => {
  const app = await bridge.serve({ now: at })
  return eventsResponseSchema.parse(await ask(app, `/v1/metrics/events?${query}`))
}

test('pages through every event once, the newest received first, without private fields', async () => {
  await using bridge = await createExampleBridge()
  const ids: string[] = []
  for (let before: string | null = ''; before !== null; ) {
    const { events, page } = await read(bridge, `limit=4${before && `&before=${before}`}`)
    expect(JSON.stringify(events)).not.toMatch(/example\.com/i)
    ids.push(...events.map(({ id }) => id))
    before = page.next
  }
  expect(ids).toHaveLength(exampleEvents().length)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids[0]).toBe(eventId(14))
})

test('finds events by type, tenant and day, and says how late they came', async () => {
  await using bridge = await createExampleBridge()
  await bridge.send([
    {
      id: 90,
      type: 'scan.failed',
      tenant: 'x',
      at: '2026-02-08T10:00:00Z',
      receivedAt: '2026-02-08T10:00:07Z',
    },
  ])
  const idsOf = async (query: string) =>
    (await read(bridge, query)).events.map(({ id }) => Number(id.slice(-4)))
  expect(await idsOf('type=scan.failed')).toEqual([14, 90])
  expect(await idsOf('tenantId=museum')).toEqual([16, 15])
  expect(await idsOf('from=2026-02-08&to=2026-02-08&tenantId=gallery')).toEqual([11])
  expect((await read(bridge, 'tenantId=x')).events[0]).toMatchObject({
    lagMs: 7000,
    eventType: 'scan.failed',
  })
})

test('follows what is received, two seconds late', async () => {
  await using bridge = await createExampleBridge()
  const { latest } = (await read(bridge)).page
  await bridge.send([{ id: 91, type: 'scan.failed', at: '2026-02-10T00:00:00Z' }])
  const at = (seconds: number) => () => Date.parse('2026-02-10T00:00:00Z') + seconds * 1000
  expect(await read(bridge, `after=${latest}`, at(1))).toMatchObject({ events: [], page: { latest } })
  const followed = await read(bridge, `after=${latest}`, at(2))
  expect(followed.events.map(({ id }) => id)).toEqual([eventId(91)])
  expect((await read(bridge, `after=${followed.page.latest}`, at(9))).events).toEqual([])
})

test('returns an event again to a client that follows, so as not to miss one that commits late', async () => {
  await using bridge = await createExampleBridge()
  const at = (seconds: number) => () => Date.parse('2026-02-10T00:00:00Z') + seconds * 1000
  const received = (second: number) => `2026-02-10T00:00:0${second}.000Z`
  await bridge.send([{ id: 92, type: 'scan.failed', at: received(1), receivedAt: received(1) }])
  const first = await read(bridge, 'limit=1', at(2))
  expect(first.events.map(({ id }) => id)).toEqual([eventId(92)])
  // Received before the one that was returned, and committed after it.
  await bridge.send([
    { id: 93, type: 'scan.failed', at: received(0), receivedAt: '2026-02-10T00:00:00.500Z' },
  ])
  const { events } = await read(bridge, `after=${first.page.latest}`, at(4))
  expect(events.map(({ id }) => id)).toEqual([eventId(93), eventId(92)])
})

test('gives refused requests with the reason in words, newest first, page by page', async () => {
  await using bridge = await createTestBridge()
  await bridge.sql(
    `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at)
     VALUES ('r1', 'description-service', '/v1/webhooks', 'invalid_signature', 401, '2026-02-09T10:00:00Z'),
       ('r2', 'description-service', '/v1/webhooks/batch', 'of_the_host', 400, '2026-02-09T11:00:00Z'),
       ('r3', 'marketing-site', '/v1/events', 'invalid_request', 400, '2026-02-09T12:00:00Z')`,
  )
  const { refusals, events, page } = await read(bridge, 'kind=refused&limit=1')
  expect(events).toEqual([])
  expect(refusals).toEqual([
    {
      id: 'r2',
      refusedAt: '2026-02-09T11:00:00.000Z',
      endpoint: '/v1/webhooks/batch',
      status: 400,
      reason: 'of_the_host',
      words: null,
    },
  ])
  const second = await read(bridge, `kind=refused&limit=1&before=${page.next}`)
  expect(second.refusals[0]).toMatchObject({
    id: 'r1',
    reason: 'invalid_signature',
    words: 'The signature is missing or wrong, or its timestamp is more than five minutes off.',
  })
  expect(second.page.next).toBeNull()
  const follow = await read(bridge, `kind=refused&after=${second.refusals[0]?.refusedAt}_r1`)
  expect(follow.refusals.map(({ id }) => id)).toEqual(['r2'])
  expect((await read(bridge, 'kind=refused&from=2026-02-08&to=2026-02-08')).refusals).toEqual([])
})

test('says how many events of a type arrived again, and when, page by page, as the health counts them', async () => {
  await using bridge = await createTestBridge()
  const arrive = (time: string, ...events: [id: number, type: string][]) =>
    bridge.send(
      events.map(([id, type]) => ({
        id,
        type,
        at: '2026-02-08T10:00:00Z',
        receivedAt: `2026-02-09T${time}:00Z`,
      })),
    )
  const [failed, completed] = [
    [97, 'scan.failed'] as [number, string],
    [98, 'scan.completed'] as [number, string],
  ]
  await arrive('09:00', failed, completed)
  await arrive('10:00', failed, failed)
  await arrive('10:30', completed)
  await arrive('11:00', failed)
  const rowsOf = ({ duplicates }: Awaited<ReturnType<typeof read>>) =>
    duplicates.map(({ eventType, duplicates, receivedAt }) => [
      eventType,
      duplicates,
      receivedAt.slice(11, 16),
    ])
  const first = await read(bridge, 'kind=duplicate&limit=2')
  expect([first.events, first.refusals]).toEqual([[], []])
  expect(rowsOf(first)).toEqual([
    ['scan.failed', 1, '11:00'],
    ['scan.completed', 1, '10:30'],
  ])
  const second = await read(bridge, `kind=duplicate&limit=2&before=${first.page.next}`)
  expect([rowsOf(second), second.page.next]).toEqual([[['scan.failed', 2, '10:00']], null])
  const newest = `2026-02-09T10:30:00.000Z_${first.duplicates[1]?.id}`
  expect(rowsOf(await read(bridge, `kind=duplicate&after=${newest}`))).toEqual([['scan.failed', 1, '11:00']])
  expect(rowsOf(await read(bridge, 'kind=duplicate&type=scan.completed'))).toEqual([
    ['scan.completed', 1, '10:30'],
  ])
  expect(rowsOf(await read(bridge, 'kind=duplicate&from=2026-02-08&to=2026-02-08'))).toEqual([])
  const { traffic } = await ask(await bridge.serve({ now }), '/v1/metrics/bridge')
  expect(traffic.last24Hours.duplicates).toBe(4)
})

test('streams what is received while somebody listens, from a cursor or from now on', async () => {
  await using bridge = await createExampleBridge()
  let nowMs = Date.parse('2026-02-10T00:00:00Z')
  let mayRead = true
  const app = await bridge.serve({
    now: () => nowMs,
    live: { intervalMs: 5 },
    authorize: async () => mayRead,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const metrics = createMetricsClient({ url, adminKey: 'sees-nothing-without-authorize' })
  const { latest } = (await metrics.events({ tenantId: 'gallery' })).page

  const [fromNow, fromLatest] = [
    metrics.followEvents({ tenantId: 'gallery' }),
    metrics.followEvents({ tenantId: 'gallery', after: latest ?? undefined }),
  ]
  const next = async (stream: AsyncGenerator<FollowedEvent, void>) => (await stream.next()).value
  const [first, second] = [next(fromNow), next(fromLatest)]
  const send = (id: number, tenant: string) =>
    bridge.send([
      {
        id,
        type: 'scan.failed',
        tenant,
        at: '2026-02-10T00:00:01Z',
        payload: { errorMessage: 'to ada@example.com' },
      },
    ])
  // The streams begin before the clock advances.
  await expect.poll(() => connectionsOf(app)).toBeGreaterThanOrEqual(2)
  await send(94, 'museum')
  await send(95, 'gallery')
  nowMs += 5000
  const event = { id: eventId(95), tenantId: 'gallery', eventType: 'scan.failed', lagMs: 0 }
  expect(await first).toMatchObject({ event })
  const followed = await second
  expect(followed).toMatchObject({ event, cursor: `2026-02-10T00:00:01.000Z_${eventId(95)}` })
  expect(JSON.stringify(followed)).not.toContain('@')

  // Somebody who may no longer look sees no more.
  mayRead = false
  const ended = await fromNow.next().catch((error: unknown) => error)
  expect(isMetricsError(ended) && ended.code).toBe('unreachable')
  await fromLatest.return()
})

test('ends the streams when the server closes, and refuses a cursor before it streams', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now, live: { intervalMs: 5 } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const headers = { 'x-admin-key': adminKey, accept: 'text/event-stream' }
  const stream = await fetch(`${url}/v1/metrics/events`, { headers })
  expect(stream.headers.get('content-type')).toBe('text/event-stream')
  for (const query of ['after=x', 'before=x', 'kind=duplicate', 'kind=refused']) {
    const refused = await fetch(`${url}/v1/metrics/events?${query}`, { headers })
    expect(
      [refused.status, ((await refused.json()) as { issues: { path: string }[] }).issues[0]?.path],
      query,
    ).toEqual([400, query.split('=')[0]])
  }
  await Promise.all([app.close(), stream.text()])
})

test('refuses to stream to more than a hundred clients, until one of them leaves', async () => {
  await using bridge = await createTestBridge()
  const lookedUp = Promise.withResolvers<void>()
  const app = await bridge.serve({
    now,
    live: { intervalMs: 60_000 },
    leadScope: async () => {
      await lookedUp.promise
      return { tenantId: '00000000-0000-4000-8000-000000000001' }
    },
  })
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/metrics/events`
  const headers = { 'x-admin-key': adminKey, accept: 'text/event-stream' }
  const leaving = new AbortController()
  // The host still looks up whose events the first may see when the last comes.
  const first = fetch(url, { headers, signal: leaving.signal })
  await expect.poll(() => connectionsOf(app)).toBe(1)
  const others = Array.from({ length: 109 }, () => fetch(url, { headers }))
  const statuses = others.map(async (response) => (await response).status)
  await expect.poll(() => connectionsOf(app)).toBe(110)
  lookedUp.resolve()
  expect(Map.groupBy(await Promise.all(statuses), (status) => status).get(503)).toHaveLength(10)
  expect((await first).status).toBe(200)
  const refused = await fetch(url, { headers })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused.json()).toEqual({ ok: false, error: 'overloaded' })
  expect((await fetch(url, { headers: { 'x-admin-key': adminKey } })).status).toBe(200)

  leaving.abort()
  await expect
    .poll(async () => {
      const again = await fetch(url, { headers })
      if (again.status !== 200) await again.body?.cancel()
      return again.status
    })
    .toBe(200)
  await app.close()
})

test.each([
  'kind=refused&type=scan.failed',
  'kind=duplicate&tenantId=museum',
  'before=x',
  'after=2026-02-30T00:00:00.000Z_',
  'limit=501',
  'kind=scan.failed',
])('refuses %s', async (query) => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const response = await app.inject({
    url: `/v1/metrics/events?${query}`,
    headers: { 'x-admin-key': adminKey },
  })
  expect(response.statusCode).toBe(400)
  expect(response.json().issues[0].path).toBe(query.split('&').at(-1)?.split('=')[0])
})

test('streams an event to screens ahead of its turn, once, and to other clients in its turn', async () => {
  await using bridge = await createExampleBridge()
  let nowMs = Date.parse('2026-02-10T00:00:00Z')
  const stop = new AbortController()
  const arrived: string[] = []
  const arriving = Promise.withResolvers<void>()
  const stream = followEvents(bridge.database, {
    now: () => nowMs,
    intervalMs: 5,
    signal: stop.signal,
    onArriving: async ({ id }) => {
      arrived.push(id)
      arriving.resolve()
    },
  })
  const first = stream.next()
  await bridge.send([{ id: 96, type: 'scan.failed', at: '2026-02-10T00:00:01Z' }])
  nowMs += 1500
  await arriving.promise
  nowMs += 2000
  expect((await first).value?.event.id).toBe(eventId(96))
  expect(arrived).toEqual([eventId(96)])
  stop.abort()
  await stream.return()
})
