import { inLeadScope } from '@altcontext/webhook-store'
import { expect, test } from 'vitest'
import { cohortCounts, tenantSortKeys } from '../src/index.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { adminKey, ask, createTestBridge, sendEvents } from './test-bridge.ts'
import { createExampleBridge } from './worked-example.ts'

const at = '2026-02-07T10:00:00Z'
const now = () => Date.parse('2026-02-10T00:00:00Z')
const window = 'from=2026-02-07&to=2026-02-09'

test('finds tenants by a part of their id in any case, taken literally, and counts only those', async () => {
  await using bridge = await createTestBridge()
  const tenants = ['Gallery-1', 'my-gallery', 'museum', '100%', '100']
  await bridge.send(tenants.map((tenant, id) => ({ id: id + 1, type: 'scan.completed', tenant, at })))
  await rollupDirty(bridge.database, { now })
  const app = await bridge.serve({ now })
  const find = async (search: string, more = '') => {
    const query = `search=${encodeURIComponent(search)}&sort=tenantId&order=asc${more}`
    const { tenants, page } = await ask(app, `/v1/metrics/tenants?${query}`)
    return [tenants.map((row: { tenantId: string }) => row.tenantId), page.total]
  }
  expect(await find('GALLERY')).toEqual([['Gallery-1', 'my-gallery'], 2])
  expect(await find('gallery', '&limit=1&offset=1')).toEqual([['my-gallery'], 2])
  expect(await find('0%')).toEqual([['100%'], 1])
  expect(await find('_')).toEqual([[], 0])
  expect((await find(''))[1]).toBe(5)
})

test.each(['search=%00', 'search=a%00b', `search=${'a'.repeat(129)}`])('refuses %s', async (query) => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const response = await app.inject({
    url: `/v1/metrics/tenants?${query}`,
    headers: { 'x-admin-key': adminKey },
  })
  expect(response.statusCode).toBe(400)
  expect(response.json().issues[0].path).toBe('search')
})

test('sorts tenants by every field, nulls last either way', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  for (const sort of tenantSortKeys) {
    for (const order of ['asc', 'desc']) {
      const { tenants } = await ask(app, `/v1/metrics/tenants?${window}&sort=${sort}&order=${order}`)
      const values = tenants.map((row: Record<string, unknown>) => row[sort])
      const present = values.filter((value: unknown) => value !== null)
      const sorted = present.toSorted((a: never, b: never) => (a < b ? -1 : a > b ? 1 : 0))
      expect([sort, present]).toEqual([sort, order === 'asc' ? sorted : sorted.toReversed()])
      expect(values.slice(present.length).every((value: unknown) => value === null)).toBe(true)
    }
  }
})

test('lists tenants that never reached a milestone, and those that did nothing in the window, whatever it sorts by', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    { id: 1, type: 'cluster.created', tenant: 'no-milestone', at: '2026-02-08T12:00:00Z' },
    { id: 2, type: 'scan.completed', tenant: 'before', at: '2026-02-01T12:00:00Z' },
    { id: 3, type: 'scan.completed', tenant: 'before', at: '2026-02-03T12:00:00Z' },
    { id: 4, type: 'scan.failed', tenant: 'before', at: '2026-02-05T12:00:00Z' },
    { id: 5, type: 'scan.completed', tenant: 'after', at: '2026-02-10T12:00:00Z' },
    { id: 6, type: 'tenant.created', tenant: 'no-rollup', at: '2026-02-08T12:00:00Z' },
  ])
  await rollupDirty(bridge.database)
  const app = await bridge.serve({ now })
  const read = async (sort: string) => {
    const { tenants, page } = await ask(app, `/v1/metrics/tenants?${window}&sort=${sort}&order=asc`)
    expect(page.total).toBe(4)
    return tenants.toSorted((a: { tenantId: string }, b: { tenantId: string }) =>
      a.tenantId < b.tenantId ? -1 : 1,
    )
  }

  const rows = await read('tenantId')
  expect(rows).toMatchObject([
    { tenantId: 'after', scansCompleted: 0, clustersCreated: 0, lastActiveDay: '2026-02-10' },
    { tenantId: 'before', scansCompleted: 0, scansFailed: 0, lastActiveDay: '2026-02-03' },
    { tenantId: 'no-milestone', scansCompleted: 0, clustersCreated: 1, lastActiveDay: null },
    { tenantId: 'no-rollup', scansCompleted: 0, clustersCreated: 0, lastActiveDay: null },
  ])
  for (const sort of ['lastActiveDay', 'clustersCreated', 'firstScanAt'])
    expect(await read(sort)).toEqual(rows)
})

test('pages tenants without repeating or losing one', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  const pages = await Promise.all(
    [0, 1, 2, 3, 4].map((offset) =>
      ask(app, `/v1/metrics/tenants?limit=1&offset=${offset}&sort=scansFailed`),
    ),
  )
  const ids = pages.flatMap(({ tenants }) => tenants.map(({ tenantId }: { tenantId: string }) => tenantId))
  expect(ids.toSorted()).toEqual(['archive', 'gallery', 'museum', 'older'])
  expect(pages[0].page).toMatchObject({ total: 4, limit: 1, offset: 0 })
})

test('continues after a page in every order, whatever came in the meantime', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  for (const sort of tenantSortKeys) {
    for (const order of ['asc', 'desc']) {
      const query = `${window}&sort=${sort}&order=${order}`
      const whole = await ask(app, `/v1/metrics/tenants?${query}`)
      const pages = []
      for (let after = ''; pages.length < 10; ) {
        const page = await ask(app, `/v1/metrics/tenants?${query}&limit=1${after}`)
        pages.push(page)
        if (page.page.next === null) break
        after = `&after=${page.page.next}`
      }
      expect([sort, order, pages.flatMap(({ tenants }) => tenants)]).toEqual([sort, order, whole.tenants])
      expect(pages.map(({ page }) => page.total)).toEqual([4, 4, 4, 4])
    }
  }
  const first = await ask(app, '/v1/metrics/tenants?sort=tenantId&order=asc&limit=2')
  await bridge.send([{ id: 900, type: 'tenant.created', tenant: 'aardvark', at }])
  const second = await ask(
    app,
    `/v1/metrics/tenants?sort=tenantId&order=asc&limit=2&after=${first.page.next}`,
  )
  const idsOf = ({ tenants }: { tenants: { tenantId: string }[] }) => tenants.map(({ tenantId }) => tenantId)
  expect([...idsOf(first), ...idsOf(second)]).toEqual(['archive', 'gallery', 'museum', 'older'])
})

test('refuses an `after` that is not a cursor, is from another order, or comes with an offset', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  const { page } = await ask(app, '/v1/metrics/tenants?limit=1&sort=scansFailed')
  const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
  const refused = {
    'after=nonsense': 'Expected page.next of an earlier response',
    'after=': 'Expected page.next of an earlier response',
    [`after=${page.next}`]: 'Expected page.next of a response with sort=scansCompleted and order=desc',
    [`after=${page.next}&sort=scansFailed&offset=1`]: 'Expected none together with offset',
    [`after=${forged('scansFailed', 'desc', '1; DROP', 'a', '')}&sort=scansFailed`]:
      'Expected page.next of an earlier response',
    [`after=${forged('channel', 'desc', 'a\0', 'a', '')}&sort=channel`]:
      'Expected page.next of an earlier response',
  }
  for (const [query, message] of Object.entries(refused)) {
    const response = await app.inject({
      url: `/v1/metrics/tenants?${query}`,
      headers: { 'x-admin-key': adminKey },
    })
    expect([query, response.statusCode, response.json().issues]).toEqual([
      query,
      400,
      [{ path: 'after', message }],
    ])
  }
})

test('returns the tenants behind every number of the funnel and of the channels, and they add up to it', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  const totalOf = async (query: string) =>
    (await ask(app, `/v1/metrics/tenants?${window}&${query}`)).page.total as number
  const { funnel } = await ask(app, `/v1/metrics/service-usage?${window}`)
  const { returned } = funnel.conversions
  const counts = { ...funnel, tenantsMature: returned.n, tenantsMatureReturned: returned.count }
  for (const name of cohortCounts) {
    expect([name, await totalOf(`counted=${name}`)]).toEqual([name, counts[name]])
    expect([name, await totalOf(`notCounted=${name}`)]).toEqual([name, counts.tenantsCreated - counts[name]])
  }
  const { channels } = await ask(app, `/v1/metrics/channels?${window}`)
  for (const row of channels) {
    const { kind, channel } = row
    if (kind === 'remainder') continue
    expect(await totalOf(`channel=${channel}`)).toBe(row.tenantsCreated)
    expect(await totalOf(`channel=${channel}&counted=tenantsWithFirstScan`)).toBe(row.tenantsWithFirstScan)
  }
  expect(await totalOf('channel=nowhere')).toBe(0)
  expect(await totalOf('channel=Newsletter')).toBe(await totalOf('channel=email'))
})

test('keeps tenants with the same id apart if their customers are different, in every order and behind every number', async () => {
  await using bridge = await createTestBridge()
  await bridge.sql('ALTER TABLE leads ADD COLUMN tenant_id uuid')
  const owners = ['1', '2'].map((digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`)
  const scansOf = [1, 3]
  for (const [index, tenantId] of owners.entries()) {
    const scans = Array.from({ length: scansOf[index] ?? 0 }, (_, scan) => ({
      id: 10 * index + scan + 2,
      type: 'scan.completed',
      at: `2026-02-0${7 + index}T1${scan}:00:00Z`,
    }))
    const created = { id: 10 * index + 1, type: 'tenant.created', at: `2026-02-0${7 + index}T08:00:00Z` }
    await sendEvents(inLeadScope(bridge.database, { tenantId }), [created, ...scans])
    // Each came through a channel of its own.
    await bridge.sql(`UPDATE tenant_milestones SET first_channel = $2::text WHERE owner_id = $1::text`, [
      tenantId,
      `channel-${index}`,
    ])
  }
  await rollupDirty(bridge.database, { now })
  const app = await bridge.serve({ now })
  const rows = [
    { tenantId: 'tenant-a', channel: 'channel_0', scansCompleted: 1, lastActiveDay: '2026-02-07' },
    { tenantId: 'tenant-a', channel: 'channel_1', scansCompleted: 3, lastActiveDay: '2026-02-08' },
  ]
  for (const sort of tenantSortKeys) {
    const query = `${window}&sort=${sort}&order=asc`
    const { tenants, page } = await ask(app, `/v1/metrics/tenants?${query}`)
    expect([sort, tenants.toSorted(byScans), page.total]).toMatchObject([sort, rows, 2])
    const first = await ask(app, `/v1/metrics/tenants?${query}&limit=1`)
    const second = await ask(app, `/v1/metrics/tenants?${query}&limit=1&after=${first.page.next}`)
    expect([sort, [...first.tenants, ...second.tenants], second.page.next]).toEqual([sort, tenants, null])
  }
  // Created on the 8th: the tenant of the second customer alone.
  const created = await ask(app, '/v1/metrics/tenants?from=2026-02-08&to=2026-02-09&counted=tenantsCreated')
  expect([created.tenants.length, created.page.total]).toEqual([1, 1])
  expect(created.tenants[0]).toMatchObject(rows[1] ?? {})
})

const byScans = (a: { scansCompleted: number }, b: { scansCompleted: number }) =>
  a.scansCompleted - b.scansCompleted
