import {
  commandEmitter,
  createEmitterTarget,
  emitterChecks,
  runChecks,
} from '@altcontext/webhook-contract-tests'
import { expect, test } from 'vitest'
import { findPython } from '../src/find-python.ts'
import { lineEmitterCommand } from '../src/run-python.ts'

const python = findPython()

// Long enough that a busy machine can pass neither for an emitter that waits nor for a receiver that does not answer.
const settings = { scheduleMs: [300, 600, 900], timeoutMs: 4000 }
const start = commandEmitter(lineEmitterCommand(python ?? ''))

test.skipIf(python === undefined)('the Python emitter keeps every promise of an emitter', async () => {
  const target = createEmitterTarget(start, settings)
  const results = await runChecks(emitterChecks, target, { concurrency: 4 })
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
})
