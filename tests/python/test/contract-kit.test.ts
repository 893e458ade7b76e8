import { createEmitterTarget, emitterChecks, runChecks } from '@altcontext/webhook-contract-tests'
import { expect, test } from 'vitest'
import { findPython } from '../src/find-python.ts'
import { startLineEmitters } from '../src/line-emitters.ts'

const python = findPython()

// Long enough that a busy machine looks neither like an emitter that waits nor like a receiver that does not respond.
const settings = { scheduleMs: [300, 600, 900], timeoutMs: 6000 }
/** Whether an emitter in memory makes this promise as well. */
const isOfEvery = ({ applies }: (typeof emitterChecks)[number]): boolean =>
  applies === undefined || applies(createEmitterTarget(() => Promise.reject(), settings))

test.skipIf(python === undefined)('the Python emitter keeps every promise of an emitter', async () => {
  await using emitters = await startLineEmitters(python ?? '')
  const target = createEmitterTarget(emitters.start(), settings)
  const results = await runChecks(emitterChecks.filter(isOfEvery), target, { concurrency: 8 })
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
})

test.skipIf(python === undefined)(
  'the Python emitter with a SQLite outbox keeps every promise of a producer',
  async () => {
    await using emitters = await startLineEmitters(python ?? '')
    // Each waits for something that comes every second.
    const producer = createEmitterTarget(emitters.start(['--completeness']), {
      ...settings,
      completeness: true,
      timeoutMs: 40_000,
    })
    const checks = emitterChecks.filter((check) => !isOfEvery(check))
    expect(checks.length).toBeGreaterThan(0)
    const results = await runChecks(checks, producer, { concurrency: checks.length })
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
  },
)
