import {
  commandEmitter,
  createEmitterTarget,
  emitterChecks,
  type RunningEmitter,
  runChecks,
} from '@altcontext/webhook-contract-tests'
import { beforeEach, expect, test } from 'vitest'
import { findPython } from '../src/find-python.ts'
import { lineEmitterCommand } from '../src/run-python.ts'

const python = findPython() ?? ''
if (python === '') {
  beforeEach(({ skip }) => skip('There is no python3 of version 3.10 or newer.'))
}
const settings = { scheduleMs: [300, 600, 900], timeoutMs: 4000 }

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
  'makes a new id for each attempt': 'repeats-the-id-after-a-lost-answer',
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

// Only the named check runs: a broken emitter may keep the others waiting for long.
test.concurrent.each(Object.entries(catchers))(
  'a Python emitter that %s is caught by %s',
  async (mistake, catcher) => {
    const start = commandEmitter(lineEmitterCommand(python, `--mistake '${mistake}'`))
    const emitters: RunningEmitter[] = []
    const target = createEmitterTarget(async (given) => {
      const emitter = await start(given)
      emitters.push(emitter)
      return emitter
    }, settings)
    const checks = emitterChecks.filter(({ name }) => name === catcher)
    const [result] = await runChecks(checks, target)
    expect(result?.status).toBe('failed')
    // An emitter that did not even run would fail every check.
    const output = (await Promise.all(emitters.map((emitter) => emitter.output?.()))).join('')
    expect(output).not.toMatch(/Traceback|Unexpected \w+ in/)
  },
)
