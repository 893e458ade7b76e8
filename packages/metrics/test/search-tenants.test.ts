import { expect, it } from 'vitest'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { adminKey, ask, createTestBridge } from './test-bridge.ts'

const at = '2026-02-07T10:00:00Z'
const now = () => Date.parse('2026-02-08T00:00:00Z')

it('finds tenants by a part of their id in any case, taken literally, and counts only those', async () => {
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

it.each(['search=%00', 'search=a%00b', `search=${'a'.repeat(129)}`])('refuses %s', async (query) => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const answer = await app.inject({
    url: `/v1/metrics/tenants?${query}`,
    headers: { 'x-admin-key': adminKey },
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().issues[0].path).toBe('search')
})
