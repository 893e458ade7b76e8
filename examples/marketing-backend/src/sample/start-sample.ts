import { createEmitter, type EmitterStats } from '@altcontext/webhook-emitter'
import { createRollupWorker, findDiscrepancies, rollupDirty } from '@altcontext/webhook-metrics'
import { createTables, fromPg } from '@altcontext/webhook-store'
import type { FastifyInstance } from 'fastify'
import type { DatabaseHandle } from '../database/create-pool.ts'
import type { Environment } from '../environment.ts'
import { marketingProperty } from '../marketing-property.ts'
import { followPlan } from './follow-plan.ts'
import { withPastServer } from './past-server.ts'
import { firstDayOf, type History, historyDays, planHistory } from './plan-history.ts'
import { emitterOptions, playProduct } from './play-product.ts'
import { playVisits } from './play-visits.ts'
import { sendMistakes } from './send-mistakes.ts'
import type { SampleEmitter } from './tenant-plan.ts'

interface SampleOptions {
  /** The listening server. */
  app: FastifyInstance
  environment: Environment
  origin: string
  database: DatabaseHandle
  say: (line: string) => void
  stopped: AbortSignal
}

export interface Sample {
  /** Stops following the plan, and delivers the emitter's remaining events. */
  close(): Promise<void>
}

/** Plays the sample product: first the part of its history that is missing, then the rest as its time comes. */
export const startSample = async (options: SampleOptions): Promise<Sample> => {
  const { app, environment, origin, database, say, stopped } = options
  const now = new Date()
  const played = await readPlayed(database)
  const firstDay = played.firstDay ?? firstDayOf(now)
  const history = planHistory(firstDay, now)
  const visitors = history.visitors.filter(({ pages }) => isAfter(pages[0]?.at, played.lastVisit))
  const events = history.productEvents.filter(({ at }) => isAfter(at, played.lastEvent))
  const isFirst = played.lastVisit === undefined

  if (!isFirst) say('The sample history is there already')
  const verb = isFirst ? 'Playing' : 'Catching up with'
  if (visitors.length > 0) {
    say(`${verb} ${isFirst ? `${historyDays} days of visits: ` : ''}${visitors.length} visitors`)
    await playVisits(visitors, options)
  }
  if (events.length > 0 && !stopped.aborted) {
    say(`Sending ${events.length} events of ${history.tenantIds.length} tenants through the emitter`)
    const stats = await playProduct(events, options)
    if (stats !== undefined) say(ledgerOf(stats))
  }
  const emitter = createEmitter(emitterOptions(environment, origin))
  if (!stopped.aborted && (visitors.length > 0 || events.length > 0)) {
    const { cells } = await rollupDirty(fromPg(database.pool), { schema: database.schema })
    say(`Rolled up ${cells} tenant days`)
    if (isFirst) await endFirstDay(emitter, history, options)
    await copyTouches(database)
  }
  const follower = stopped.aborted ? undefined : followPlan({ app, emitter, firstDay, since: now })
  return {
    async close() {
      await follower?.stop()
      await emitter.close({ timeoutMs: 2_000 })
    },
  }
}

interface Played {
  firstDay: Date | undefined
  lastVisit: Date | undefined
  lastEvent: Date | undefined
}

/** How far an earlier start got. */
const readPlayed = async ({ pool, schema, tables }: DatabaseHandle): Promise<Played> => {
  const { rows } = await pool.query<Record<'firstDay' | 'lastVisit' | 'lastEvent', string | null>>(
    `SELECT (SELECT to_char(min(first_seen_at)::date, 'YYYY-MM-DD') FROM ${tables.visitors} WHERE anon_id LIKE 'sample-%') AS "firstDay",
       (SELECT to_char(max(last_seen_at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') FROM ${tables.visitors} WHERE anon_id LIKE 'sample-%')
         AS "lastVisit",
       (SELECT to_char(max(occurred_at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') FROM ${createTables(schema).tenantEvents}) AS "lastEvent"`,
  )
  const dateOf = (text: string | null | undefined) => (text ? new Date(text) : undefined)
  const { firstDay, lastVisit, lastEvent } = rows[0] ?? {}
  return { firstDay: dateOf(firstDay), lastVisit: dateOf(lastVisit), lastEvent: dateOf(lastEvent) }
}

const isAfter = (at: Date | undefined, since: Date | undefined): boolean =>
  at !== undefined && (since === undefined || at > since)

const ledgerOf = ({ accepted, delivered, duplicate, pending, dead }: EmitterStats) =>
  `Emitter: ${accepted} accepted, ${delivered} delivered, ${duplicate} duplicate, ${pending} pending, ${dead} dead`

/** A day's exceptions: requests that are refused, and a scan of three days ago that is reported only now. */
const endFirstDay = async (
  emitter: SampleEmitter,
  { tenantIds }: History,
  options: SampleOptions,
): Promise<void> => {
  const { environment, database } = options
  // A newcomer's first lines should not be warnings about refusals that belong to the sample, and today all is well.
  await withPastServer(options, async ({ app, now, setClock }) => {
    setClock(new Date(now().getTime() - 2 * 86_400_000))
    await sendMistakes(app, environment, now())
  })
  const tenantId = tenantIds[0] ?? 'harbour-gallery'
  await emitter.emit(
    'scan.completed',
    { tenantId, jobId: 'told-late', mediaCount: 12, identitiesDetected: 31, durationMs: 2_400 },
    { occurredAt: new Date(Date.now() - 3 * 86_400_000) },
  )
  await emitter.flush()
  const bridge = fromPg(database.pool)
  await rollupDirty(bridge, { schema: database.schema })
  await findDiscrepancies(bridge, { schema: database.schema })
}

/** So that the first look shows where the leads came from: the server's own worker would copy that within a minute. */
const copyTouches = async ({ pool, schema }: DatabaseHandle): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let runs = 0
  const worker = createRollupWorker({
    database: fromPg(pool),
    schema,
    marketingPropertyId: marketingProperty,
    intervalMs: 1,
    // A run begins when the one before has copied everything.
    onRun: () => {
      runs += 1
      if (runs === 2) resolve()
    },
    onError: reject,
  })
  worker.start()
  await promise.finally(() => worker.close())
}
