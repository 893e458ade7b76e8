import assert from 'node:assert/strict'
import type { Fault } from '../receiver-double/receiver-double.ts'
import { watchLateness } from '../suite/watch-lateness.ts'
import {
  type EmitterCheck,
  type EmitterSession,
  expectNoMoreRequests,
  idOf,
  isRightOnce,
  pauseInTicks,
  withEmitter,
} from './emitter-session.ts'

// Timers and sockets are not exact; a wrong schedule is off by far more.
const earlyMs = 15
const lateMs = 1500

/**
 * One event, which meets a 503 before every retry. Throws if a retry came too early, and resolves with what is wrong if one came
 * too late: an emitter that stood still with its machine is late as well, but not every time.
 */
const lookForLateRetries = async (session: EmitterSession, look: number): Promise<string[]> => {
  const { emitter, receiver, requests, newEvent, patienceMs, target } = session
  const attempts = target.scheduleMs.length + 1
  receiver.failNext({ kind: 'status', status: 503 }, { times: attempts - 1 })
  const lateness = watchLateness()
  await emitter.emit(newEvent())
  const seen = (await requests(look * attempts).finally(() => lateness.stop())).slice(-attempts)
  await receiver.waitFor(({ stored }) => stored.length === look, { timeoutMs: patienceMs })
  const ids = new Set(seen.map(idOf))
  assert.equal(ids.size, 1, `Expected one webhook-id on every attempt, got ${[...ids]}`)
  return target.scheduleMs.flatMap((delayMs, index) => {
    const [fromMs, toMs] = [seen[index]?.atMs ?? 0, seen[index + 1]?.atMs ?? 0]
    const waitedMs = toMs - fromMs
    const wrong = `Expected ${delayMs} ms before retry ${index + 1}, got ${Math.round(waitedMs)} ms`
    assert.ok(waitedMs >= delayMs - earlyMs, wrong)
    return waitedMs <= delayMs * 1.5 + lateMs + lateness.between(fromMs, toMs) ? [] : [wrong]
  })
}

const retriedStatuses = [408, 425, 500, 502, 503, 504]
const issues = [{ path: 'payload.mediaCount', message: 'Expected a number' }]
/** What a receiver says about this very event. */
const refusals = [
  { status: 400, body: { ok: false, error: 'invalid_request', issues } },
  { status: 413, body: { ok: false, error: 'payload_too_large' } },
]

/** After the first attempt meets the fault, a second one stores the event. */
const retriedAfter = (fault: Fault, name: string, title: string): EmitterCheck => ({
  name,
  title,
  run: withEmitter(async ({ emitter, receiver, requests, newEvent, storedOne }) => {
    receiver.failNext(fault)
    await emitter.emit(newEvent())
    await requests(2)
    await storedOne()
  }),
})

/**
 * After a 503 the receiver says how long to wait, with two events one after the other: a machine that stands still makes an
 * emitter look patient, but not twice.
 */
const obeysRetryAfter = (
  name: string,
  title: string,
  ask: (nowMs: number) => { header: string; waitMs: number },
): EmitterCheck => ({
  name,
  title,
  run: withEmitter(async ({ emitter, receiver, requests, newEvent, patienceMs }) => {
    for (const stored of [1, 2]) {
      let askedMs = Number.NaN
      const headers = {
        // Made with the response and not before: a busy machine may take a while to send the first request.
        get 'retry-after'() {
          const { header, waitMs } = ask(Date.now())
          askedMs = waitMs
          return header
        },
      }
      receiver.failNext({ kind: 'status', status: 503, headers })
      await emitter.emit(newEvent())
      const [first, second] = (await requests(stored * 2)).slice(-2)
      const waitedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0)
      assert.ok(waitedMs >= askedMs - earlyMs, `Expected ${askedMs} ms, got ${Math.round(waitedMs)} ms`)
      await receiver.waitFor((spy) => spy.stored.length === stored, { timeoutMs: patienceMs })
    }
  }),
})

/** When an event is sent again, and when not (roadmap §9). */
export const retryChecks: readonly EmitterCheck[] = [
  {
    name: 'retries-on-schedule',
    title:
      'A receiver that responds with 503 three times gets four attempts with one id, on schedule, and the event once',
    run: withEmitter((session) => isRightOnce((look) => lookForLateRetries(session, look))),
  },
  {
    name: 'stops-after-the-last-retry',
    title: 'After the last retry of the schedule the event is not sent a fifth time',
    run: withEmitter(async (session) => {
      session.receiver.failNext({ kind: 'status', status: 503 }, { times: 50 })
      await session.emitter.emit(session.newEvent())
      const attempts = session.target.scheduleMs.length + 1
      await session.requests(attempts)
      await expectNoMoreRequests(session, attempts, 'one delivery and its retries')
    }),
  },
  ...retriedStatuses.map((status) =>
    retriedAfter(
      { kind: 'status', status },
      `retries-${status}`,
      `An event that gets ${status} is sent again`,
    ),
  ),
  ...refusals.map(
    ({ status, body }): EmitterCheck => ({
      name: `does-not-retry-${status}`,
      title: `${status} ${body.error} is final: one attempt, and the next event is sent`,
      run: withEmitter(async (session) => {
        const { emitter, receiver, requests } = session
        receiver.failNext({ kind: 'status', status, body })
        await emitter.emit(session.newEvent())
        await requests(1)
        await expectNoMoreRequests(session, 1, 'because the response is final')
        await session.storedOne()
      }),
    }),
  ),
  retriedAfter(
    { kind: 'reset' },
    'retries-a-reset-connection',
    'A connection that breaks before the response is a failed attempt',
  ),
  {
    name: 'repeats-the-id-after-a-lost-response',
    title:
      'An event whose response was lost after it was stored is sent again under the same id, and stored once',
    run: withEmitter(async (session) => {
      const { emitter, receiver, requests } = session
      receiver.failNext({ kind: 'lost-response' })
      await emitter.emit(session.newEvent())
      const [first, second] = await requests(2)
      assert.equal(idOf(second), idOf(first), 'Expected the same webhook-id')
      assert.equal(receiver.stored.length, 1, 'Expected the event once')
      await expectNoMoreRequests(session, 2, 'because the response said duplicate')
    }),
  },
  {
    name: 'takes-duplicate-for-delivered',
    title: 'The response "duplicate" is a delivery: nothing is sent again',
    run: withEmitter(async (session) => {
      session.receiver.failNext({ kind: 'duplicate' })
      await session.emitter.emit(session.newEvent())
      await session.requests(1)
      await expectNoMoreRequests(session, 1, 'because the receiver has the event')
    }),
  },
  {
    name: 'retries-a-silent-receiver',
    title: 'No response within the timeout is a failed attempt',
    run: withEmitter(async (session) => {
      const { emitter, receiver, target, newEvent, requests } = session
      receiver.failNext({ kind: 'silence' })
      // Its timeout starts after this, and before the request is seen here, which may be long before on a busy machine.
      const emittedMs = performance.now()
      await emitter.emit(newEvent())
      const [, second] = await requests(2)
      const waitedMs = Math.round((second?.atMs ?? 0) - emittedMs)
      assert.ok(
        waitedMs >= target.timeoutMs - earlyMs,
        `Expected ${target.timeoutMs} ms of patience, got ${waitedMs}`,
      )
    }),
  },
  retriedAfter(
    { kind: 'status', status: 200, body: '<html>Welcome</html>' },
    'does-not-trust-any-200',
    "After a 200 that is not from the receiver, such as a proxy's page, the event is sent again",
  ),
  retriedAfter(
    { kind: 'foreign-id' },
    'believes-only-its-own-ids',
    'A success that names another event is not a delivery of this one: it is sent again',
  ),
  obeysRetryAfter(
    'waits-for-retry-after',
    'After a 503 with Retry-After: 2, the retry waits two seconds',
    () => ({
      header: '2',
      waitMs: 2000,
    }),
  ),
  obeysRetryAfter(
    'waits-for-a-date',
    'After a 503 with Retry-After as a date, the retry waits until then',
    (nowMs) => {
      const untilMs = Math.ceil(nowMs / 1000) * 1000 + 2000
      return { header: new Date(untilMs).toUTCString(), waitMs: untilMs - nowMs }
    },
  ),
  {
    name: 'survives-a-429-storm',
    title: 'Five responses of 429 with Retry-After use up no attempts: the event arrives',
    run: withEmitter(async ({ emitter, receiver, target, newEvent }) => {
      receiver.failNext({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }, { times: 5 })
      await emitter.emit(newEvent())
      const patienceMs = 5 * (1000 + (target.scheduleMs[0] ?? 0)) + 10_000
      await receiver.waitFor(({ stored }) => stored.length === 1, { timeoutMs: patienceMs })
    }),
  },
  {
    name: 'does-not-wait-for-the-receiver',
    title: 'emit() neither waits for a receiver that is down nor fails because of it',
    run: withEmitter(async ({ emitter, receiver, target, newEvent }) => {
      receiver.failNext({ kind: 'silence' }, { times: 5 })
      const enoughMs = Math.max(1000, target.timeoutMs * 0.3)
      const emitted = Promise.resolve(emitter.emit(newEvent())).then(() => 'emitted')
      assert.equal(
        await Promise.race([emitted, pauseInTicks(enoughMs)]),
        'emitted',
        `Expected emit() to return within ${enoughMs} ms`,
      )
    }),
  },
]
