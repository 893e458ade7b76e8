import { createEmitter } from '@altcontext/webhook-emitter'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { adminKey, scan } from './stub-receiver.ts'

const url = 'https://marketing.example/v1/webhooks/description-service'
const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const createTestEmitter = () => createEmitter({ url, adminKey, retry: { delaysMs: [1, 1, 1] } })

test('works with the HTTP client, as msw intercepts it: 503 three times, then stored', async () => {
  const ids: (string | null)[] = []
  server.use(
    http.post(url, ({ request }) => {
      ids.push(request.headers.get('webhook-id'))
      return ids.length <= 3
        ? HttpResponse.json({ ok: false, error: 'unavailable' }, { status: 503 })
        : HttpResponse.json({ ok: true, eventId: ids[0] })
    }),
  )
  await using emitter = createTestEmitter()
  const { eventId, status } = await emitter.deliver('scan.completed', scan())
  expect(status).toBe('stored')
  expect(ids).toEqual([eventId, eventId, eventId, eventId])
})

test('distinguishes a network error from a delivery', async () => {
  server.use(http.post(url, () => HttpResponse.error()))
  await using emitter = createTestEmitter()
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'dead' })
})

test('takes a redirect for a wrong address: the event waits, and the sender pauses', async () => {
  server.use(http.post(url, () => HttpResponse.redirect('https://marketing.example/login', 302)))
  const emitter = createTestEmitter()
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'pending' })
  expect(emitter.health()).toMatchObject({ status: 'paused', reason: 'redirected' })
  await emitter.close({ timeoutMs: 0 })
})

test('sends batches to the batch route', async () => {
  server.use(
    http.post(`${url}/batch`, async ({ request }) => {
      const { events } = (await request.json()) as { events: { id: string }[] }
      return HttpResponse.json({
        ok: true,
        results: events.map(({ id }) => ({ status: 'stored', eventId: id })),
      })
    }),
  )
  await using emitter = createTestEmitter()
  const outcomes = await Promise.all(
    ['a', 'b', 'c'].map((job) => emitter.deliver('scan.completed', scan(job))),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'stored', 'stored'])
})
