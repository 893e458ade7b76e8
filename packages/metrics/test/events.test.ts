import { expect, test } from 'vitest'
import { eventsResponseSchema } from '../src/index.ts'
import { adminKey, ask, createTestBridge, eventId, type TestBridge } from './test-bridge.ts'
import { createExampleBridge, exampleEvents } from './worked-example.ts'

const now = () => Date.parse('2026-02-10T00:00:00Z')

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

test.each(['before=x', 'after=2026-02-30T00:00:00.000Z_', 'limit=501', 'kind=scan.failed'])(
  'refuses %s',
  async (query) => {
    await using bridge = await createTestBridge()
    const app = await bridge.serve({ now })
    const response = await app.inject({
      url: `/v1/metrics/events?${query}`,
      headers: { 'x-admin-key': adminKey },
    })
    expect(response.statusCode).toBe(400)
    expect(response.json().issues[0].path).toBe(query.split('=')[0])
  },
)
