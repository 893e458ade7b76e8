import assert from 'node:assert/strict'
import { listen } from '../receiver-double/serve-double.ts'
import { type EmitterCheck, expectNoMoreRequests, idOf, pause, withEmitter } from './emitter-session.ts'

const refusals = [401, 403, 404]
const redirects = [301, 302, 303, 307, 308]

/** A pause that doubles from the first delay of the schedule, for this many tries. */
const patienceFor = (scheduleMs: readonly number[], tries: number): number =>
  (scheduleMs[0] ?? 1000) * 2 ** tries * 1.5 + 10_000

/**
 * What an emitter does when the receiver refuses the sender, not the event: a wrong key, a wrong address. The events wait
 * until that is corrected, and so do those that come in the meantime.
 */
export const senderFaultChecks: readonly EmitterCheck[] = [
  ...refusals.map(
    (status): EmitterCheck => ({
      name: `waits-out-${status}`,
      title: `${status} says nothing about the event: it is kept, and arrives once the receiver takes it`,
      run: withEmitter(async ({ emitter, receiver, requests, target, newEvent }) => {
        receiver.failNext({ kind: 'status', status }, { times: 2 })
        await emitter.emit(newEvent())
        const timeoutMs = patienceFor(target.scheduleMs, 2)
        await receiver.waitFor(({ stored }) => stored.length === 1, { timeoutMs })
        const ids = new Set((await requests(3)).map(idOf))
        assert.equal(ids.size, 1, `Expected one webhook-id on every attempt, got ${[...ids]}`)
      }),
    }),
  ),
  {
    name: 'waits-out-what-is-not-its-receiver',
    title: "A 400 that is not from the receiver, such as a proxy's page, says nothing about the event either",
    run: withEmitter(async ({ emitter, receiver, target, newEvent }) => {
      receiver.failNext({ kind: 'status', status: 400, body: '<html>Bad Request</html>' })
      await emitter.emit(newEvent())
      const timeoutMs = patienceFor(target.scheduleMs, 1)
      await receiver.waitFor(({ stored }) => stored.length === 1, { timeoutMs })
    }),
  },
  {
    name: 'burns-no-attempts-while-it-waits',
    title: 'A wrong key uses up no attempts: 401 more often than the schedule is long, and the event arrives',
    run: withEmitter(async ({ emitter, receiver, target, newEvent }) => {
      const times = target.scheduleMs.length + 1
      receiver.failNext({ kind: 'status', status: 401 }, { times })
      await emitter.emit(newEvent())
      const timeoutMs = patienceFor(target.scheduleMs, times)
      await receiver.waitFor(({ stored }) => stored.length === 1, { timeoutMs })
    }),
  },
  {
    name: 'pauses-while-it-is-refused',
    title: 'A sender whose key is wrong pauses: events that come in the meantime are kept, not sent',
    run: withEmitter(async ({ emitter, receiver, requests, newEvent }) => {
      receiver.failNext({ kind: 'status', status: 401 }, { times: 1000 })
      const firstMs = performance.now()
      await emitter.emit(newEvent())
      await requests(1)
      const beganMs = performance.now()
      const events = 24
      // Far enough apart to travel alone, if they did: on a slow machine that takes longer.
      const spacingMs = Math.min(Math.max(40, 2 * (beganMs - firstMs)), 250)
      for (let count = 0; count < events; count += 1) {
        const before = receiver.requests.length
        await emitter.emit(newEvent())
        const isAlone = receiver.waitFor((spy) => spy.requests.length > before, { timeoutMs: spacingMs })
        await Promise.all([isAlone.catch(() => {}), pause(40)])
      }
      const seen = receiver.requests.length
      // It takes a second on a fast machine. On a slow one it takes longer, so there are more tries.
      const maxTries = events / 2 + (performance.now() - beganMs) / 1000
      assert.ok(seen <= maxTries, `Expected a few tries, got ${seen} requests for ${events + 1} events`)
    }),
  },
  ...redirects.map(
    (status): EmitterCheck => ({
      name: `does-not-follow-${status}`,
      title: `${status} is not followed, and neither key nor event goes there: the event waits for the right address`,
      run: async (target) => {
        let strayRequests = 0
        const elsewhere = await listen((_request, response) => {
          strayRequests += 1
          response.writeHead(200, { 'content-type': 'application/json' })
          response.end('{"ok":true,"eventId":"00000000-0000-4000-8000-000000000000"}')
        })
        try {
          await withEmitter(async (session) => {
            const { emitter, receiver } = session
            const headers = { location: `${elsewhere.origin}/` }
            receiver.failNext({ kind: 'status', status, headers, body: '' })
            await emitter.emit(session.newEvent())
            const timeoutMs = patienceFor(target.scheduleMs, 1)
            await receiver.waitFor(({ stored }) => stored.length === 1, { timeoutMs })
            await expectNoMoreRequests(session, 2, 'the redirected one and the one that arrived')
          })(target)
        } finally {
          await elsewhere.close()
        }
        assert.equal(strayRequests, 0, 'Expected no request to where the redirect points')
      },
    }),
  ),
]
