import { startSilentProxy } from '@altcontext/test-database'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createRollupWorker } from '../src/rollups/create-rollup-worker.ts'
import { createTestBridge, type SentEvent } from './test-bridge.ts'
import { modelRollups, storedRollups } from './usage-model.ts'

const scan: SentEvent = {
  id: 1,
  type: 'scan.completed',
  tenant: 'tenant-a',
  at: '2026-02-01T12:00:00.000Z',
  payload: { mediaCount: 2, identitiesDetected: 3, durationMs: 100 },
}

test.each(['requests', 'responses', 'both'] as const)(
  'a step whose connection goes silent (%s) is given up in time, keeps no lock, and the next one rolls up',
  async (swallowed) => {
    await using bridge = await createTestBridge()
    await using proxy = await startSilentProxy(bridge.test.url)
    const pool = new pg.Pool({ connectionString: proxy.url })
    pool.on('error', () => {})
    await bridge.send([scan])

    let silences = 1
    const codes: unknown[] = []
    const worker = createRollupWorker({
      database: fromPg(pool, {
        timeoutMs: 1500,
        beforeTransaction: async (tx) => {
          await tx.query('SELECT 1')
          if (silences > 0) proxy.silence(swallowed)
          silences -= 1
        },
      }),
      intervalMs: 100,
      onError: (error) => codes.push((error as { code?: unknown }).code),
    })
    worker.start()
    await expect.poll(() => storedRollups(bridge)).toEqual(modelRollups([scan]))
    await worker.close()
    await pool.end()
    // A machine that stands still for longer than timeoutMs lets the next connection seem silent as well.
    expect(new Set(codes)).toEqual(new Set(['database_unavailable']))
  },
)
