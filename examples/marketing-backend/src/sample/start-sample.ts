import { aborted } from 'node:util'
import { createEmitter } from '@altcontext/webhook-emitter'
import { rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import type { Environment } from '../environment.ts'
import { historyDays, planHistory } from './plan-history.ts'
import { playVisits } from './play-history.ts'
import { startTrickle } from './start-trickle.ts'
import type { SampleEmitter } from './tenant-plan.ts'

interface SampleOptions {
  /** The listening server. */
  app: FastifyInstance
  environment: Environment
  origin: string
  pool: Pool
  schema?: string | undefined
  say: (line: string) => void
  stopped: AbortSignal
}

export interface Sample {
  /** Stops the trickle and hands over what the emitter still holds. */
  close(): Promise<void>
}

/** Plays the sample product: its history unless it is there already, then something every few seconds. */
export const startSample = async (options: SampleOptions): Promise<Sample> => {
  const { app, environment, origin, pool, schema, say, stopped } = options
  const emitter = createEmitter({
    url: `${origin}/v1/webhooks/description-service`,
    adminKey: environment.access.ingest[0] ?? '',
    ...(environment.access.signingSecrets[0] !== undefined && {
      signingSecret: environment.access.signingSecrets[0],
    }),
  })
  const history = planHistory(new Date())
  if (await hasVisits(pool)) {
    say('The sample history is there already')
  } else {
    say(`Playing ${historyDays} days of visits: ${history.visitors.length} visitors`)
    await playVisits(history, options)
  }
  if (!stopped.aborted && !(await hasProductEvents(pool, history.tenantIds))) {
    say(
      `Sending ${history.productEvents.length} events of ${history.tenantIds.length} tenants through the emitter`,
    )
    for (const event of history.productEvents) await event.fire(emitter)
    await Promise.race([emitter.flush(), aborted(stopped, emitter)])
    say(ledgerOf(emitter))
    const { cells } = await rollupDirty(fromPg(pool), { schema })
    say(`Rolled up ${cells} tenant days`)
  }
  const trickle = stopped.aborted ? undefined : startTrickle({ app, emitter, tenantIds: history.tenantIds })
  return {
    async close() {
      await trickle?.stop()
      await emitter.close({ timeoutMs: 2_000 })
    },
  }
}

const ledgerOf = (emitter: SampleEmitter) => {
  const { accepted, delivered, duplicate, pending, dead } = emitter.stats()
  return `Emitter: ${accepted} accepted, ${delivered} delivered, ${duplicate} duplicate, ${pending} pending, ${dead} dead`
}

const hasVisits = async (pool: Pool): Promise<boolean> => {
  const { rowCount } = await pool.query(`SELECT 1 FROM visitors WHERE anon_id LIKE 'sample-%' LIMIT 1`)
  return rowCount === 1
}

const hasProductEvents = async (pool: Pool, tenantIds: readonly string[]): Promise<boolean> => {
  const { rowCount } = await pool.query('SELECT 1 FROM tenant_events WHERE tenant_id = ANY ($1) LIMIT 1', [
    tenantIds,
  ])
  return rowCount === 1
}
