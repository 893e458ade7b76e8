import { once } from 'node:events'
import { callback, clock, schemaNameOption, text, wholeNumber } from '@altcontext/webhook-contract/options'
import { type Database, databaseOption, inLeadScope } from '@altcontext/webhook-store'
import { z } from 'zod'
import { type AlertOptions, alertsOption } from '../alerts/alert-options.ts'
import { createAlerts } from '../alerts/create-alerts.ts'
import { resolveMetricsOptions } from '../resolve-metrics-options.ts'
import { copyVisits } from '../touches/copy-visits.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import { type RollupResult, rollupDirty } from './rollup-dirty.ts'
import type { JobOptions } from './rollup-lock.ts'

/** What a worker does: it rolls up events, copies where leads and visitors came from, and sends alerts. */
export type RollupWork = 'rollup' | 'visits' | 'alerts'

export interface RollupWorkerOptions extends JobOptions {
  database: Database
  /** From the end of one run to the start of the next. @default 60_000 */
  intervalMs?: number | undefined
  /** The host's property whose visitors are counted; without it none are. */
  marketingPropertyId?: string | undefined
  /** The host's own names for channels. */
  channelNames?: ChannelNames | undefined
  /**
   * The host serves several customers: where leads and visitors came from is copied for every one that has tenants. Otherwise it
   * is copied for the one that `database` stands for. @default false
   */
  hasCustomers?: boolean | undefined
  /**
   * Tells people when something is wrong, and when it is over. Checked after each run, by one worker at a time.
   * @default false
   */
  alerts?: AlertOptions | false | undefined
  /** The property under which refused webhook requests are recorded. @default 'description-service' */
  descriptionServicePropertyId?: string | undefined
  /** Called after each run. */
  onRun?: ((result: Readonly<RollupResult>) => void) | undefined
  /** Called when a part of a run fails; the next run still comes. */
  onError?: ((error: unknown, work: RollupWork) => void) | undefined
}

/**
 * Runs {@link rollupDirty} again and again, and copies where leads came from before the host purges its visits. Of several workers on
 * one database, one at a time does the work.
 */
export interface RollupWorker {
  /** Runs at once and then on the interval. Does not keep the process alive. */
  start(): void
  /**
   * Starts no further run and resolves when the current one has ended, after a second at most. What has not ended by then is given up
   * (its transaction is rolled back), and the next run of any worker does it from the start.
   */
  close(): Promise<void>
}

// A server that stops waits for no backlog: one step of it may take a minute.
const graceMs = 1000

/** The longest that `setTimeout` takes is 31 bits. */
export const rollupIntervalMs = z._default(wholeNumber(1, 2_147_483_647), 60_000)

export const channelNamesSchema = z.record(z.string(), z.string()).default({})

const rollupWorkerSchema = z.strictObject({
  database: databaseOption(),
  intervalMs: rollupIntervalMs,
  marketingPropertyId: z.optional(text()),
  channelNames: channelNamesSchema,
  hasCustomers: z.boolean().default(false),
  alerts: alertsOption(),
  descriptionServicePropertyId: z.optional(text()),
  onRun: z.optional(callback<NonNullable<RollupWorkerOptions['onRun']>>()),
  onError: z.optional(callback<NonNullable<RollupWorkerOptions['onError']>>()),
  schema: z.optional(schemaNameOption()),
  now: clock(),
} satisfies Record<keyof RollupWorkerOptions, z.core.$ZodType>)

/** @throws {MetricsError} `invalid_options`, listing every problem. */
export const createRollupWorker = (options: RollupWorkerOptions): RollupWorker => {
  const {
    database: given,
    intervalMs,
    marketingPropertyId,
    channelNames,
    hasCustomers,
    alerts: alertOptions,
    descriptionServicePropertyId,
    onRun,
    onError,
    ...jobOptions
  } = resolveMetricsOptions(rollupWorkerSchema, options, 'create the rollup worker')
  const givingUp = new AbortController()
  const database = endedBy(given, givingUp.signal)
  const say = (work: RollupWork) => (error: unknown) => {
    if (!givingUp.signal.aborted) onError?.(error, work)
  }
  const alerts =
    alertOptions === false
      ? undefined
      : createAlerts(database, {
          ...jobOptions,
          alerts: alertOptions,
          marketingPropertyId,
          descriptionServicePropertyId,
          channelNames,
          hasCustomers,
          onError: say('alerts'),
        })
  let state: 'new' | 'started' | 'closed' = 'new'
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  const run = async (): Promise<void> => {
    try {
      const shouldGoOn = () => state === 'started'
      const result = await rollupDirty(database, { ...jobOptions, wait: false, shouldGoOn })
      onRun?.(result)
    } catch (error) {
      say('rollup')(error)
    }
    // Whatever the host's tables are like, the rollup continues.
    await copyVisits(database, {
      ...jobOptions,
      channelNames,
      marketingPropertyId,
      hasCustomers,
      shouldGoOn: () => state === 'started',
      onError: say('visits'),
    })
    if (state === 'started') await alerts?.check()
    if (state === 'started') timer = setTimeout(begin, intervalMs).unref()
  }
  const begin = (): void => {
    running = run()
  }

  return {
    start: () => {
      if (state !== 'new') return
      state = 'started'
      begin()
    },
    close: async () => {
      state = 'closed'
      clearTimeout(timer)
      const ended = running.then(() => alerts?.close())
      const late = setTimeout(() => givingUp.abort(), graceMs)
      await Promise.race([ended, once(givingUp.signal, 'abort')]).finally(() => clearTimeout(late))
    },
  }
}

/** The same database, whose transactions and statements are given up when `signal` aborts. */
const endedBy = (database: Database, signal: AbortSignal): Database => ({
  ...database,
  query: (text, params, options) =>
    database.transaction((tx) => tx.query(text, params, { ...options, isOnly: true }), {
      ...options,
      signal,
    }),
  transaction: (run, options) => database.transaction(run, { ...options, signal }),
  withLeadScope: (leadScope) => endedBy(inLeadScope(database, leadScope), signal),
})
