import {
  createEmitterTarget,
  emitterChecks,
  type RunningEmitter,
  runChecks,
} from '@altcontext/webhook-contract-tests'
import { beforeAll, expect, test } from 'vitest'
import { findPython } from '../src/find-python.ts'
import { type LineEmitters, startLineEmitters } from '../src/line-emitters.ts'

const python = findPython()
const settings = { scheduleMs: [300, 600, 900], timeoutMs: 6000 }

/** Whoever retries at once waits for none of these, and no pause of a busy machine looks like them. */
const longScheduleMs = [4000, 6000, 8000]

/** The check that has to catch each mistake in the Python emitter (`python/tests/emitter_mistakes.py`). */
const catchers = {
  'retries nothing': 'retries-503',
  'retries at once': 'retries-on-schedule',
  'retries forever': 'stops-after-the-last-retry',
  'retries once less': 'retries-on-schedule',
  'gives up on 408': 'retries-408',
  'gives up on a broken connection': 'retries-a-reset-connection',
  'ignores Retry-After': 'waits-for-retry-after',
  'ignores dates in Retry-After': 'waits-for-a-date',
  'counts 429 as an attempt': 'survives-a-429-storm',
  'trusts any 200': 'does-not-trust-any-200',
  'takes a duplicate for a failure': 'takes-duplicate-for-delivered',
  'repeats whole batches': 'repeats-only-what-may-be-repeated',
  'gives up without a batch route': 'does-without-a-batch-route',
  'loses large batches': 'halves-large-batches',
  'makes a new id for each attempt': 'repeats-the-id-after-a-lost-response',
  'sends a text as id': 'names-the-event',
  'strips the payload': 'posts-the-envelope',
  'logs the event': 'logs-no-secrets',
  'logs the headers': 'logs-no-secrets',
  'stamps milliseconds': 'names-the-event',
  'signs something else': 'signs',
  'sends without the key': 'posts-the-envelope',
  'has no timeout': 'retries-a-silent-receiver',
  'sends what is invalid': 'sends-nothing-invalid',
  'drops what waits when it closes': 'delivers-before-it-ends',
  'drops events in a burst': 'delivers-each-event-once',
  'sends batches that are too large': 'keeps-batches-within-limits',
  'makes new ids for a repeated batch': 'repeats-batches-under-the-same-ids',
}

/** The outcome of the check that has to catch the mistake, and what the emitter wrote. */
const tryMistake = async (emitters: LineEmitters, mistake: string, catcher: string): Promise<Attempt> => {
  const start = emitters.start(['--mistake', mistake])
  const started: RunningEmitter[] = []
  const scheduleMs = mistake === 'retries at once' ? longScheduleMs : settings.scheduleMs
  const target = createEmitterTarget(
    async (given) => {
      const emitter = await start(given)
      started.push(emitter)
      return emitter
    },
    { ...settings, scheduleMs },
  )
  // Only the named check runs: a broken emitter may keep the others waiting for long.
  const checks = emitterChecks.filter(({ name }) => name === catcher)
  const [result] = await runChecks(checks, target)
  const output = (await Promise.all(started.map((emitter) => emitter.output?.()))).join('')
  return { status: result?.status, output }
}

interface Attempt {
  status: string | undefined
  output: string
}

/** What makes an emitter hurry: a machine that is busy with others would make it look patient. */
const hurrying = ['retries at once', 'ignores Retry-After', 'ignores dates in Retry-After']

// The others mostly wait for events that a broken emitter never sends, so all of them run at once.
const attempts = new Map<string, Attempt>()
beforeAll(async () => {
  if (python === undefined) return
  await using emitters = await startLineEmitters(python)
  const mistakes = Object.entries(catchers).map(([mistake, catcher]) => ({
    name: mistake,
    title: mistake,
    run: async () => void attempts.set(mistake, await tryMistake(emitters, mistake, catcher)),
  }))
  await runChecks(
    mistakes.filter(({ name }) => hurrying.includes(name)),
    undefined,
  )
  await runChecks(
    mistakes.filter(({ name }) => !hurrying.includes(name)),
    undefined,
    { concurrency: mistakes.length },
  )
})

test.skipIf(python === undefined).each(Object.entries(catchers))(
  'a Python emitter that %s is caught by %s',
  (mistake) => {
    const attempt = attempts.get(mistake)
    expect(attempt?.status).toBe('failed')
    // An emitter that did not even run would fail every check.
    expect(attempt?.output).not.toMatch(/Traceback|Unexpected \w+ in/)
  },
)
