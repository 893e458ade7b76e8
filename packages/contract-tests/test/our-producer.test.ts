import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DescriptionServiceContract, EmittedPayload, EventType } from '@altcontext/webhook-contract'
import { createEmitter } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import { expect, test } from 'vitest'
import { emitterCompletenessChecks } from '../src/emitter-checks/completeness-checks.ts'
import { createEmitterTarget, type EmitterFactory, runChecks } from '../src/index.ts'

/** An emitter with a durable outbox of its own that reports every second what it has delivered. */
const startProducer: EmitterFactory = ({ url, adminKey }) => {
  const folder = mkdtempSync(join(tmpdir(), 'contract-tests-'))
  const emitter = createEmitter({
    url,
    adminKey,
    outbox: createSqliteOutbox({ path: join(folder, 'outbox.db') }),
    completeness: { heartbeatIntervalMs: 1000, reconcileIntervalMs: 1000 },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  return {
    emit: ({ id, eventType, tenantId, occurredAt, payload }) =>
      emitter.emit(
        eventType as EventType<DescriptionServiceContract>,
        { tenantId, ...payload } as EmittedPayload<DescriptionServiceContract, 'scan.completed'>,
        { occurredAt, eventId: id },
      ),
    async close() {
      await emitter.close({ timeoutMs: 0 })
      rmSync(folder, { recursive: true })
    },
  }
}

test('our emitter with a SQLite outbox keeps every promise of a producer', async () => {
  const target = createEmitterTarget(startProducer, { completeness: true })
  const results = await runChecks(emitterCompletenessChecks, target, {
    concurrency: emitterCompletenessChecks.length,
  })
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
})
