import { expect, test } from 'vitest'
import { createRealNumbers } from './real-numbers.ts'
import { createDashboard } from './start-dashboard.ts'

const openStream = async (signal?: AbortSignal) => {
  const numbers = await createRealNumbers()
  const dashboard = await createDashboard({}, undefined, numbers.mount)
  const address = await dashboard.listen()
  const cookie = await dashboard.signIn()
  const response = await fetch(`${address}api/events?type=scan.failed`, {
    headers: { cookie, accept: 'text/event-stream' },
    ...(signal && { signal }),
  })
  return {
    ...dashboard,
    numbers,
    cookie,
    response,
    connections: () =>
      new Promise<number>((resolve) =>
        dashboard.app.server.getConnections((_error, count) => resolve(count)),
      ),
    [Symbol.asyncDispose]: async () => {
      await dashboard.app.close()
      await numbers.drop()
    },
  }
}

const readUntil = async (response: Response, found: (text: string) => boolean) => {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  const decoder = new TextDecoder()
  while (!found(text)) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  return text
}

test('The live stream is passed on as it comes, with the filter of the query, and ends when the browser leaves', async () => {
  const leaving = new AbortController()
  await using stream = await openStream(leaving.signal)
  const { numbers, response } = stream
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  numbers.clock.ms += 1000
  await numbers.receive('00000000-0000-4000-8000-000000009001', 'cluster.created', 'tenant-1', {
    clusterId: 'c',
    identityCount: 1,
    algorithm: 'centroid',
  })
  await numbers.receive('00000000-0000-4000-8000-000000009002', 'scan.failed', 'tenant-1', {
    jobId: 'late',
    mediaCount: 1,
  })
  const text = await readUntil(response, (read) => read.includes('event: arriving'))
  expect(text).toContain('00000000-0000-4000-8000-000000009002')
  expect(text).not.toContain('cluster.created')
  leaving.abort()
  // A stream looks every 20 ms.
  let looks = -1
  const isQuiet = () => {
    const before = looks
    looks = numbers.looks
    return looks === before
  }
  await expect.poll(isQuiet, { interval: 300 }).toBe(true)
})

test('The live stream ends within a heartbeat of signing out', async () => {
  await using stream = await openStream()
  await stream.app.inject({
    method: 'DELETE',
    url: '/dashboard/api/session',
    headers: { cookie: stream.cookie },
  })
  await readUntil(stream.response, () => false)
  await expect.poll(stream.connections).toBe(0)
})

test('One tenant is passed on by any id, and an unknown one is a 404 of its own', async () => {
  await using stream = await openStream()
  const { app, cookie } = stream
  const ask = (id: string) =>
    app.inject({ url: `/dashboard/api/tenants/${encodeURIComponent(id)}`, headers: { cookie } })
  expect((await ask('tenant-1')).json()).toMatchObject({ ok: true, tenant: { tenantId: 'tenant-1' } })
  const unknown = await ask('a/b?c')
  expect([unknown.statusCode, unknown.json()]).toEqual([404, { ok: false, error: 'not_found' }])
})
