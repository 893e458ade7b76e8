import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRelay, resolveRelayOptions } from '@altcontext/webhook-relay'
import pino from 'pino'
import { expect, test } from 'vitest'
import { createEmitterTarget, type EmitterFactory, emitterChecks, runChecks } from '../src/index.ts'
import { applicable } from '../src/suite/check.ts'

/** A relay with a SQLite outbox of its own, and a product that posts events to it. */
const startRelay: EmitterFactory = async ({ url, adminKey, signingSecret }) => {
  const folder = await mkdtemp(join(tmpdir(), 'relay-checks-'))
  const lines: string[] = []
  const options = resolveRelayOptions(
    { outbox: join(folder, 'outbox.db'), port: '0' },
    { WEBHOOK_URL: url, ADMIN_API_KEY: adminKey, WEBHOOK_SIGNING_SECRET: signingSecret },
  )
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const relay = await createRelay(options, { logger })
  const waiting: object[] = []
  let accepted = Promise.resolve()
  return {
    emit(event) {
      // With ids a repeated post is the same event, and three events that are alike stay three.
      waiting.push({ id: randomUUID(), ...event })
      // What is emitted while a post is under way goes with the next one.
      accepted = accepted.then(() => post(`${relay.url}/events`, waiting.splice(0, 500)))
      return accepted
    },
    async close() {
      await accepted
      await relay.close()
      await rm(folder, { recursive: true, force: true })
    },
    output: () => lines.join(''),
  }
}

const post = async (url: string, events: readonly object[]): Promise<void> => {
  if (events.length === 0) return
  const body = JSON.stringify(events.length === 1 ? events[0] : { events })
  const headers = { 'content-type': 'application/json' }
  await (await fetch(url, { method: 'POST', body, headers })).arrayBuffer()
}

// On the roadmap's own schedule, with many checks at once: they wait for a retry after 30 seconds.
test('our relay keeps every promise of an emitter', async () => {
  const target = createEmitterTarget(startRelay)
  // It compares with the receiver every hour; the checks of that do not wait so long.
  const checks = applicable(emitterChecks, target)
  const results = await runChecks(checks, target, { concurrency: 14 })
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
})
