import type { Database } from '@altcontext/webhook-store'
import type { OpenMetricsContentType } from 'prom-client'
import { type ReadBridgeOptions, readBridge } from '../reads/read-bridge.ts'
import { readServiceUsage } from '../reads/read-service-usage.ts'
import { resolveWindow } from '../reads/window.ts'

export interface ReadOpenMetricsOptions extends ReadBridgeOptions {
  marketingPropertyId: string
}

/** The media type of OpenMetrics text. */
export const openMetricsContentType: OpenMetricsContentType =
  'application/openmetrics-text; version=1.0.0; charset=utf-8'

/**
 * The bridge, and usage and funnel of the last 30 days, as OpenMetrics text for Prometheus. Aggregates only: no
 * label names a tenant. A number that is undefined has no sample.
 */
export const readOpenMetrics = async (
  database: Database,
  options: ReadOpenMetricsOptions,
): Promise<string> => {
  // Loaded with the first scrape: it would take a tenth of a server's start.
  const { Gauge, Registry } = await import('prom-client')
  const { now = Date.now } = options
  const bridge = await readBridge(database, options)
  const { usage, funnel } = await readServiceUsage(database, {
    ...options,
    window: resolveWindow({}, now()),
  })
  const { freshness, jobs, today, producers } = bridge

  // Each response has its own registry: the process-wide one is the host's.
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(openMetricsContentType)
  const gauge = (name: string, help: string, samples: Samples, label?: string): void => {
    // Without a label a gauge is 0 as soon as it is made.
    if (Object.values(samples).every((value) => value === null)) return
    const instrument = new Gauge({
      name: `webhook_metrics_${name}`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
    })
    for (const [key, value] of Object.entries(samples)) {
      if (value !== null) instrument.set(label === undefined ? {} : { [label]: key }, value)
    }
  }

  gauge('backlog_entries', 'Entries of the dirty log that wait for the rollup.', { all: freshness.backlog })
  gauge('oldest_dirty_age_seconds', 'How long the oldest entry has waited; 0 when none waits.', {
    all: (freshness.oldestDirtyAgeMs ?? 0) / 1000,
  })
  gauge('complete_through_timestamp_seconds', 'Events stored before this instant are in the numbers.', {
    all: seconds(freshness.completeThrough),
  })
  gauge(
    'job_finished_timestamp_seconds',
    'When the last run of each job ended.',
    mapValues(jobs, ({ run }) => seconds(run?.finishedAt ?? null)),
    'job',
  )
  const { cells, days } = jobs.discrepancy.run?.details ?? {}
  gauge('discrepant_cells', 'Wrong tenant days that the last discrepancy report found.', {
    all: typeof cells === 'number' ? cells : null,
  })
  gauge('discrepant_days', 'Days with wrong totals that the last discrepancy report found.', {
    all: typeof days === 'number' ? days : null,
  })
  const byProducer = (sample: (producer: (typeof producers)[number]) => number | null): Samples =>
    Object.fromEntries(
      producers
        .filter(({ isRetired }) => !isRetired)
        .map((producer) => [producer.producerId, sample(producer)]),
    )
  gauge(
    'producer_silent',
    'Whether two heartbeats of a durable outbox are missing, or its clock is wrong.',
    byProducer(({ isSilent, isClockWrong }) => (isSilent === null ? null : Number(isSilent || isClockWrong))),
    'producer',
  )
  gauge(
    'producer_closed_through_timestamp_seconds',
    'What a durable outbox had accepted before this instant is delivered.',
    byProducer(({ heartbeat }) => seconds(heartbeat?.closedThrough ?? null)),
    'producer',
  )
  gauge(
    'producer_proof_timestamp_seconds',
    'When the last reconciliation of a durable outbox was begun.',
    byProducer(({ proof }) => seconds(proof?.at ?? null)),
    'producer',
  )
  gauge(
    'producer_lost_events',
    'Events that the last reconciliation found lost, and that are stored again.',
    byProducer(({ proof }) => proof?.lost ?? null),
    'producer',
  )
  gauge('events_known_missing', 'Events that are lost and could not be sent again.', {
    all: freshness.eventsKnownMissing,
  })
  gauge('events_received_today', 'Events stored since 00:00 UTC.', today.received.counts, 'event_type')
  gauge(
    'duplicates_today',
    'Events that arrived again since 00:00 UTC.',
    today.duplicates.counts,
    'event_type',
  )
  gauge('refusals_today', 'Requests refused since 00:00 UTC.', today.refusals.counts, 'reason')
  gauge(
    'usage_30d',
    'Service usage of the last 30 days.',
    mapValues(usage, ({ value }) => value),
    'metric',
  )
  gauge(
    'funnel_30d',
    'Acquisition funnel of the last 30 days.',
    {
      marketingVisitors: funnel.marketingVisitors,
      leadsCaptured: funnel.leadsCaptured,
      tenantsCreated: funnel.tenantsCreated,
      tenantsWithApiKey: funnel.tenantsWithApiKey,
      tenantsWithFirstScan: funnel.tenantsWithFirstScan,
      tenantsActive30d: funnel.tenantsActive30d,
      tenantsReturned: funnel.tenantsReturned,
      tenantsWithLead: funnel.tenantsWithLead,
      tenantsWithScanButNoApiKey: funnel.tenantsWithScanButNoApiKey,
      tenantsTooYoung: funnel.tenantsTooYoung,
      activeTenants: funnel.activeTenants,
    },
    'stage',
  )
  return registry.metrics()
}

type Samples = Record<string, number | null>

const mapValues = <Value>(record: Record<string, Value>, sample: (value: Value) => number | null): Samples =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, sample(value)]))

const seconds = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso) / 1000)
