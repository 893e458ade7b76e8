import { expect, test } from 'vitest'
import { emitterCompletenessChecks } from '../src/emitter-checks/completeness-checks.ts'
import { runChecks } from '../src/index.ts'
import { createReferenceProducer, type ProducerFault } from './reference-producer.ts'

const failuresOf = async (fault?: ProducerFault, names?: readonly string[]): Promise<string[]> => {
  const checks = emitterCompletenessChecks.filter(({ name }) => names === undefined || names.includes(name))
  // Without a fault a check may take long on a busy machine; with one, most checks wait for something that never comes.
  const target = createReferenceProducer({ timeoutMs: fault === undefined ? 20_000 : 1 }, fault)
  const results = await runChecks(checks, target, { concurrency: checks.length })
  return results.flatMap(({ name, status, message }) => (status === 'passed' ? [] : [`${name}: ${message}`]))
}

/** The check that must catch each fault. Others may notice it too. */
const catchers: Record<ProducerFault, string> = {
  'sends no producer': 'sends-heartbeats',
  'never heartbeats': 'sends-heartbeats',
  'closes the present': 'sends-heartbeats',
  'closes what waits': 'closes-nothing-behind-what-waits',
  'never compares': 'compares-what-is-closed-only',
  'compares open ranges': 'compares-what-is-closed-only',
  'compares counts only': 'finds-another-event-in-place-of-a-lost-one',
  'keeps one salt': 'draws-a-new-salt',
  'repairs nothing': 'repairs-what-was-lost',
  'takes the rest of a range for lost': 'repairs-what-was-lost',
  'says nothing of what it has shown': 'repairs-what-was-lost',
  'calls every id of the receiver its own': 'names-what-only-the-receiver-has',
}

// All of them run at once: they wait for things that come on time, or never.
test.concurrent('a producer without a fault passes every check', async () => {
  expect(await failuresOf()).toEqual([])
})

// Only the named check runs.
test.concurrent.each(Object.entries(catchers) as [ProducerFault, string][])(
  'a producer that %s is caught by %s',
  async (fault, catcher) => {
    const failures = await failuresOf(fault, [catcher])
    expect(failures.map((failure) => failure.split(':')[0])).toEqual([catcher])
  },
)
