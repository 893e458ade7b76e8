import { setImmediate } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { createEmitterTarget, type EmitterFactory, emitterChecks, runChecks } from '../src/index.ts'
import { type EmitterFault, startReferenceEmitter } from './reference-emitter.ts'

// Long enough that a busy machine is taken neither for an emitter that waits nor for a receiver that does not respond.
const settings = { scheduleMs: [150, 300, 600], timeoutMs: 6000 }

/** Whoever retries at once waits for none of these, and no pause of a busy machine looks like them. */
const longScheduleMs = [4000, 6000, 8000]

const failuresOf = async (
  fault?: EmitterFault,
  names?: readonly string[],
  start: EmitterFactory = startReferenceEmitter(settings, fault),
): Promise<string[]> => {
  const scheduleMs = fault === 'retries at once' ? longScheduleMs : settings.scheduleMs
  const target = createEmitterTarget(start, { ...settings, scheduleMs })
  const checks =
    names === undefined ? emitterChecks : emitterChecks.filter(({ name }) => names.includes(name))
  const results = await runChecks(checks, target, { concurrency: 8 })
  return results.flatMap(({ name, status, message }) => (status === 'failed' ? [`${name}: ${message}`] : []))
}

/** The check that must catch each fault. Others may notice it too. */
const catchers: Record<EmitterFault, string> = {
  'retries 400': 'does-not-retry-400',
  'retries everything': 'does-not-retry-413',
  'retries nothing': 'retries-503',
  'gives up on 408': 'retries-408',
  'follows redirects': 'does-not-follow-302',
  'gives up on a redirect': 'does-not-follow-307',
  'gives up on 401': 'waits-out-401',
  'gives up on 403': 'waits-out-403',
  'gives up on 404': 'waits-out-404',
  'takes the 400 of a proxy for the receiver': 'waits-out-what-is-not-its-receiver',
  'counts 401 as an attempt': 'burns-no-attempts-while-it-waits',
  'goes on sending with a wrong key': 'pauses-while-it-is-refused',
  'believes any id': 'believes-only-its-own-ids',
  'goes by the position of results': 'matches-results-by-id',
  'makes a new id for each attempt': 'repeats-the-id-after-a-lost-response',
  'sends no id': 'names-the-event',
  'sends a text as id': 'names-the-event',
  'derives the id from the triple': 'delivers-each-event-once',
  'stamps milliseconds': 'names-the-event',
  'retries at once': 'retries-on-schedule',
  'retries forever': 'stops-after-the-last-retry',
  'retries once less': 'retries-on-schedule',
  'ignores Retry-After': 'waits-for-retry-after',
  'ignores dates in Retry-After': 'waits-for-a-date',
  'counts 429 as an attempt': 'survives-a-429-storm',
  'gives up on a broken connection': 'retries-a-reset-connection',
  'has no timeout': 'retries-a-silent-receiver',
  'trusts any 200': 'does-not-trust-any-200',
  'takes a duplicate for a failure': 'takes-duplicate-for-delivered',
  'signs once for all attempts with another secret': 'signs',
  'signs something else': 'signs',
  'sends without the key': 'posts-the-envelope',
  'sends what is invalid': 'sends-nothing-invalid',
  'waits for the receiver': 'does-not-wait-for-the-receiver',
  'throws when the receiver is down': 'does-not-wait-for-the-receiver',
  'drops what waits when it closes': 'delivers-before-it-ends',
  'drops events in a burst': 'delivers-each-event-once',
  'strips the payload': 'posts-the-envelope',
  'logs the event': 'logs-no-secrets',
  'logs the headers': 'logs-no-secrets',
  'sends batches that are too large': 'keeps-batches-within-limits',
  'repeats whole batches': 'repeats-only-what-may-be-repeated',
  'gives up without a batch route': 'does-without-a-batch-route',
  'loses large batches': 'halves-large-batches',
  'makes new ids for a repeated batch': 'repeats-batches-under-the-same-ids',
}

/** What makes an emitter hurry: a process that is busy with others would make it look patient. */
const hurrying = ['retries at once', 'ignores Retry-After', 'ignores dates in Retry-After']

// They mostly wait for their retries: after those that hurry half of the others run at once, in two rounds, beside the one without
// a fault.
let caught: Map<string, readonly string[]>
let failuresWithout: readonly string[]
beforeAll(async () => {
  caught = new Map()
  const faults = Object.entries(catchers) as [EmitterFault, string][]
  const attempts = faults.map(([fault, catcher]) => ({
    name: fault,
    title: fault,
    // Only the named check runs: a broken emitter may keep the others waiting for a long time.
    run: async () => void caught.set(fault, await failuresOf(fault, [catcher])),
  }))
  await runChecks(
    attempts.filter(({ name }) => hurrying.includes(name)),
    undefined,
  )
  const without = failuresOf()
  await runChecks(
    attempts.filter(({ name }) => !hurrying.includes(name)),
    undefined,
    { concurrency: Math.ceil(faults.length / 2) },
  )
  failuresWithout = await without
})

test('an emitter without a fault passes every check', () => {
  expect(failuresWithout).toEqual([])
})

test.each(Object.entries(catchers) as [EmitterFault, string][])(
  'an emitter that %s is caught by %s',
  (fault, catcher) => {
    expect(caught.get(fault)?.map((failure) => failure.split(':')[0])).toEqual([catcher])
  },
)

/** An emitter that is slower to take events than to deliver them, as on a machine that others use as well. */
const startSlowly =
  (fault: EmitterFault): EmitterFactory =>
  async (given) => {
    const emitter = await startReferenceEmitter(settings, fault)(given)
    let taken = Promise.resolve()
    return {
      ...emitter,
      emit(event) {
        taken = taken.then(() => setImmediate()).then(() => void emitter.emit(event))
        return taken
      },
    }
  }

const faultsOfBursts = [
  'drops events in a burst',
  'sends batches that are too large',
  'repeats whole batches',
  'gives up without a batch route',
  'loses large batches',
  'makes new ids for a repeated batch',
] as const

test.concurrent.each(faultsOfBursts)(
  'an emitter that %s, and takes events slowly, is caught',
  async (fault) => {
    const failures = await failuresOf(fault, [catchers[fault]], startSlowly(fault))
    expect(failures.map((failure) => failure.split(':')[0])).toEqual([catchers[fault]])
  },
)
