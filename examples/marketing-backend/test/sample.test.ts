import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseEnvironment } from '../src/environment.ts'
import { firstDayOf, historyDays, planHistory } from '../src/sample/plan-history.ts'
import { playVisits } from '../src/sample/play-visits.ts'
import type { SampleEmitter } from '../src/sample/tenant-plan.ts'
import { adminKey, readAsAdmin, startTestServer, type TestServer } from './test-server.ts'

const until = new Date()
const firstDay = firstDayOf(until)
const history = planHistory(firstDay, until)
/** What goes through the routes here; a server that is started with the sample plays the whole history. */
const firstWeeks = planHistory(firstDay, new Date(firstDay.getTime() + 21 * 86_400_000))
let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  const environment = parseEnvironment({ DATABASE_URL: server.url, ADMIN_API_KEY: adminKey })
  await playVisits(firstWeeks.visitors, {
    database: server.database,
    environment,
    stopped: new AbortController().signal,
  })
})
afterAll(() => server.close())

test('the history of a moment is the same every time', () => {
  const plain = ({ visitors, productEvents, tenantIds }: typeof history) =>
    JSON.stringify([visitors, productEvents.map(({ at }) => at), tenantIds])
  expect(plain(planHistory(firstDay, until))).toBe(plain(history))
})

test.each([1, 7, 13, 19, 25, 31, 37, 43, 49])(
  'a history that is %i hours longer begins like the shorter one, so that a server can continue it',
  (hours) => {
    const earlier = new Date(until.getTime() - hours * 3_600_000)
    const shorter = planHistory(firstDay, earlier)
    const begun = history.productEvents.filter(({ at }) => at <= earlier)
    expect(shorter.productEvents.map(({ at }) => at)).toEqual(begun.map(({ at }) => at))
    expect(shorter.visitors).toEqual(
      history.visitors
        .filter(({ pages }) => pages.every(({ at }) => at <= earlier))
        .map(({ lead, ...visitor }) => (lead && lead.at <= earlier ? { ...visitor, lead } : visitor)),
    )
  },
)

test.each([0, 1, 2, 3, 4, 5, 6])(
  'the history also tells its story %i days from now: keys come before scans, one campaign wins, and one attracts without activating',
  async (days) => {
    const later = new Date(until.getTime() + days * 86_400_000)
    const told = planHistory(firstDayOf(later), later)
    const lives = await livesOf(told)
    for (const { createdAt, keyAt, scans } of lives.values()) {
      if (keyAt !== undefined) expect(keyAt).toBeGreaterThan(createdAt)
      for (const scan of scans) expect(scan).toBeGreaterThan(keyAt ?? Number.POSITIVE_INFINITY)
    }
    const shareOf = (campaign: string) => {
      const tenants = told.visitors.flatMap(({ arrival, lead }) => {
        const life = lead && lives.get(lead.organisation)
        return life && arrival.first.utm?.campaign === campaign ? [life] : []
      })
      const scanDays = ({ scans }: Life) => new Set(scans.map((ms) => Math.floor(ms / 86_400_000))).size
      expect(tenants.length).toBeGreaterThan(30)
      return tenants.filter((life) => scanDays(life) > 1).length / tenants.length
    }
    expect(shareOf('accessibility-week')).toBeGreaterThan(0.5)
    expect(shareOf('alt-text')).toBeLessThan(0.25)
  },
)

test('the history has leads, their tenants, and nothing in the future', () => {
  const leads = history.visitors.filter(({ lead }) => lead)
  expect(leads.length).toBeGreaterThan(20)
  expect(history.tenantIds.length).toBeGreaterThan(10)
  expect(Math.max(...history.productEvents.map(({ at }) => at.getTime()))).toBeLessThanOrEqual(
    until.getTime(),
  )
  expect(Math.max(...leads.map(({ lead }) => lead?.at.getTime() ?? 0))).toBeLessThanOrEqual(until.getTime())
})

test('every visitor and every lead of the history’s first weeks went through the routes, at the time of the history', async () => {
  const { rows } = await server.pool.query(
    `SELECT (SELECT count(*)::int FROM visitors) AS visitors, (SELECT count(*)::int FROM leads) AS leads,
       (SELECT count(*)::int FROM leads JOIN lead_identities i ON i.lead_id = leads.id
        JOIN visitors v ON v.id = i.visitor_id WHERE leads.first_captured_at < v.first_seen_at) AS too_early,
       (SELECT count(*)::int FROM visitors WHERE last_seen_at - first_seen_at > interval '1 hour') AS too_long`,
  )
  const leads = firstWeeks.visitors.filter(({ lead }) => lead).length
  expect(leads).toBeGreaterThan(10)
  expect(rows).toEqual([
    {
      visitors: firstWeeks.visitors.length,
      leads,
      too_early: 0,
      too_long: 0,
    },
  ])
})

test('the summary has the numbers of these weeks', async () => {
  const day = (at: Date) => at.toISOString().slice(0, 10)
  const from = day(new Date(until.getTime() - historyDays * 86_400_000))
  const response = await readAsAdmin(server.app, `/v1/metrics/summary?from=${from}&to=${day(until)}`)
  expect(response.json().metrics.newLeads.value).toBe(firstWeeks.visitors.filter(({ lead }) => lead).length)
})

interface Life {
  createdAt: number
  keyAt?: number
  scans: number[]
}

/** What the product says about each of its tenants. */
const livesOf = async ({ productEvents }: typeof history): Promise<Map<string, Life>> => {
  const lives = new Map<string, Life>()
  const emit = async (
    eventType: string,
    { tenantId }: { tenantId: string },
    options: { occurredAt: Date },
  ) => {
    const at = options.occurredAt.getTime()
    const life = lives.get(tenantId)
    if (eventType === 'tenant.created') lives.set(tenantId, { createdAt: at, scans: [] })
    else if (life && eventType === 'apikey.created') life.keyAt = at
    else if (eventType === 'scan.completed') life?.scans.push(at)
  }
  for (const { fire } of productEvents) await fire({ emit } as unknown as SampleEmitter)
  return lives
}
