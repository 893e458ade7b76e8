import assert from 'node:assert/strict'
import { isEventId, parseSigningSecret, safeParseEvent, verifyWebhook } from '@altcontext/webhook-contract'
import { brokenFixtures, type EventFixture, eventsWithPrivateFields, validFixtures } from '../fixtures.ts'
import { address, adminKey, type EmitterCheck, idOf, signingSecret, withEmitter } from './emitter-session.ts'

/** The shape of one request. */
export const requestChecks: readonly EmitterCheck[] = [
  {
    name: 'posts-the-envelope',
    title: "One event is posted as JSON in the roadmap's envelope, with the key",
    run: withEmitter(async ({ emitter, requests, newEvent, target: { contract } }) => {
      const event = newEvent()
      await emitter.emit(event)
      const [request] = await requests(1)
      assert.equal(request?.isBatch, false, 'Expected one event to go to the plain route')
      assert.equal(request?.headers['x-admin-key'], adminKey, 'Expected the key in x-admin-key')
      assert.match(request?.headers['content-type'] ?? '', /^application\/json/, 'Expected application/json')
      const parsed = safeParseEvent(contract, JSON.parse(request?.body ?? ''))
      assert.ok(parsed.success, `Expected an event that the contract accepts, got ${JSON.stringify(parsed)}`)
      // An emitter may add the payload's own timestamp, and nothing else is compared.
      const payload = { ...parsed.event.payload, ...event.payload }
      assert.deepEqual(parsed.event, { ...event, payload }, 'Expected the event as it was emitted')
    }),
  },
  {
    name: 'names-the-event',
    title: 'Each event carries a UUID as webhook-id, and the time in seconds as webhook-timestamp',
    run: withEmitter(async ({ emitter, requests, newEvent }) => {
      await emitter.emit(newEvent())
      const [request] = await requests(1)
      assert.ok(isEventId(idOf(request)), `Expected a UUID as webhook-id, got ${idOf(request)}`)
      const timestamp = request?.headers['webhook-timestamp'] ?? ''
      assert.match(timestamp, /^\d{10}$/, 'Expected seconds since 1970 as webhook-timestamp')
      assert.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < 60, 'Expected the time of the attempt')
    }),
  },
  {
    name: 'delivers-every-event-type',
    title: 'Every event type of the contract arrives',
    run: withEmitter(async ({ emitter, receiver, patienceMs, target }) => {
      const events = validFixtures(target.contract)
      for (const event of events) await emitter.emit(event)
      await receiver.waitFor(({ stored }) => stored.length === events.length, { timeoutMs: patienceMs })
      assert.deepEqual(
        receiver.stored.map(({ event }) => event.eventType).sort(),
        events.map(({ eventType }) => eventType).sort(),
      )
    }),
  },
  {
    name: 'delivers-each-event-once',
    title: 'All 300 events of a burst, three of them alike, arrive, each with an id of its own',
    run: withEmitter(async ({ emitBurst, receiver, patienceMs, newEvent }) => {
      const twin = newEvent()
      const events = [twin, twin, twin, ...Array.from({ length: 297 }, () => newEvent())]
      await emitBurst(events)
      await receiver.waitFor(({ stored }) => stored.length >= events.length, { timeoutMs: patienceMs })
      const twins = receiver.stored.filter(
        ({ event }) => event.tenantId === twin.tenantId && event.occurredAt === twin.occurredAt,
      )
      assert.equal(receiver.stored.length, 300, `Expected 300 events, got ${receiver.stored.length}`)
      assert.equal(twins.length, 3, `Expected three events that are alike, got ${twins.length}`)
    }),
  },
  {
    name: 'signs',
    title: 'With a signing secret every attempt is signed again over its body',
    applies: ({ signs }) => signs,
    run: withEmitter(
      async ({ emitter, requests, receiver, newEvent }) => {
        receiver.failNext({ kind: 'status', status: 503 })
        await emitter.emit(newEvent())
        for (const { headers, body } of await requests(2)) {
          const verdict = verifyWebhook(
            {
              id: headers['webhook-id'],
              timestamp: headers['webhook-timestamp'],
              signature: headers['webhook-signature'],
              body,
            },
            [parseSigningSecret(signingSecret)],
            { nowMs: Date.now() },
          )
          assert.deepEqual(
            verdict,
            { ok: true },
            `Expected a valid signature, got ${JSON.stringify(verdict)}`,
          )
        }
      },
      { isSigned: true },
    ),
  },
  {
    name: 'sends-nothing-invalid',
    title: 'An event that breaks the contract is refused and never sent; the next one is sent',
    run: withEmitter(async ({ emitter, receiver, requests, newEvent, target: { contract } }) => {
      const broken = brokenFixtures(contract)[0]?.event as EventFixture
      try {
        await emitter.emit(broken)
      } catch {
        // Most emitters refuse this way.
      }
      const next = newEvent()
      await emitter.emit(next)
      await requests(1)
      await receiver.waitFor(({ stored }) => stored.length === 1, { timeoutMs: 10_000 })
      // The broken one may have been overtaken.
      await emitter.close()
      const sent = receiver.requests.filter(({ body }) => !safeParseEvent(contract, JSON.parse(body)).success)
      assert.equal(sent.length, 0, 'Expected no request with the broken event')
    }),
  },
  {
    name: 'delivers-before-it-ends',
    title: 'Closing delivers what was emitted just before',
    run: withEmitter(async ({ emitter, receiver, newEvent }) => {
      const events = Array.from({ length: 20 }, () => newEvent())
      await Promise.all(events.map((event) => emitter.emit(event)))
      await emitter.close()
      assert.equal(
        receiver.stored.length,
        20,
        `Expected 20 events after closing, got ${receiver.stored.length}`,
      )
    }),
  },
  {
    name: 'logs-no-secrets',
    title: 'No log line holds the key, a payload or an address, not even when the receiver fails or refuses',
    run: withEmitter(async ({ emitter, receiver, requests, newEvent, target: { contract } }) => {
      receiver.failNext({ kind: 'status', status: 503 })
      receiver.failNext({
        kind: 'status',
        status: 400,
        body: { ok: false, error: address, issues: [{ path: address }] },
      })
      const [event = newEvent()] = eventsWithPrivateFields(contract, address)
      await emitter.emit(event)
      await requests(2)
      await emitter.close()
      const output = emitter.output?.() ?? ''
      for (const secret of [adminKey, address]) {
        assert.ok(!output.includes(secret), 'Expected logs without the key and without addresses')
      }
    }),
  },
]
