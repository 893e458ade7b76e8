import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseEnvironment } from '../src/environment.ts'
import { historyDays, planHistory } from '../src/sample/plan-history.ts'
import { playVisits } from '../src/sample/play-history.ts'
import { adminKey, readAsAdmin, startTestServer, type TestServer } from './test-server.ts'

const until = new Date()
const history = planHistory(until)
let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  const environment = parseEnvironment({ DATABASE_URL: server.url, ADMIN_API_KEY: adminKey })
  await playVisits(history, { pool: server.pool, environment, stopped: new AbortController().signal })
}, 60_000)
afterAll(() => server.close())

test('the history of a moment is the same every time', () => {
  const plain = ({ visitors, productEvents, tenantIds }: typeof history) =>
    JSON.stringify([visitors, productEvents.map(({ at }) => at), tenantIds])
  expect(plain(planHistory(until))).toBe(plain(history))
})

test('the history has leads, tenants of theirs, and nothing in the future', () => {
  const leads = history.visitors.filter(({ lead }) => lead)
  expect(leads.length).toBeGreaterThan(20)
  expect(history.tenantIds.length).toBeGreaterThan(10)
  expect(Math.max(...history.productEvents.map(({ at }) => at.getTime()))).toBeLessThanOrEqual(
    until.getTime(),
  )
  expect(Math.max(...leads.map(({ lead }) => lead?.at.getTime() ?? 0))).toBeLessThanOrEqual(until.getTime())
})

test('every visitor and every lead of the history went through the routes, at the time of the history', async () => {
  const { rows } = await server.pool.query(
    `SELECT (SELECT count(*)::int FROM visitors) AS visitors, (SELECT count(*)::int FROM leads) AS leads,
       (SELECT count(*)::int FROM leads JOIN lead_identities i ON i.lead_id = leads.id
        JOIN visitors v ON v.id = i.visitor_id WHERE leads.first_captured_at < v.first_seen_at) AS too_early,
       (SELECT count(*)::int FROM visitors WHERE last_seen_at - first_seen_at > interval '1 hour') AS too_long`,
  )
  expect(rows).toEqual([
    {
      visitors: history.visitors.length,
      leads: history.visitors.filter(({ lead }) => lead).length,
      too_early: 0,
      too_long: 0,
    },
  ])
})

test('the summary has the history’s numbers', async () => {
  const day = (at: Date) => at.toISOString().slice(0, 10)
  const from = day(new Date(until.getTime() - historyDays * 86_400_000))
  const response = await readAsAdmin(server.app, `/v1/metrics/summary?from=${from}&to=${day(until)}`)
  expect(response.json().metrics.newLeads.value).toBe(history.visitors.filter(({ lead }) => lead).length)
})
