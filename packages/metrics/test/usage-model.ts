import type { SentEvent, TestBridge } from './test-bridge.ts'

/** What the rollups must be, computed in one pass over distinct events, in another language than the jobs. */
export const modelRollups = (events: readonly SentEvent[]): Record<string, Record<string, number | null>> => {
  const cells = new Map<string, Record<string, number>>()
  const distinct = new Map(events.map((event) => [event.id, event]))
  for (const { type, tenant, at, payload = {} } of distinct.values()) {
    if (type === 'tenant.created' || type === 'apikey.created') continue
    const key = `${tenant} ${new Date(at).toISOString().slice(0, 10)}`
    const cell = cells.get(key) ?? { ...empty }
    cells.set(key, cell)
    const add = (column: string, amount: unknown) => {
      cell[column] = (cell[column] ?? 0) + Number(amount)
    }
    if (type === 'scan.completed') {
      add('scans_completed', 1)
      add('media_processed', payload.mediaCount)
      add('identities_detected', payload.identitiesDetected)
      add('scan_duration_sum_ms', payload.durationMs)
      add('scan_duration_count', 1)
    }
    if (type === 'scan.failed') add('scans_failed', 1)
    if (type === 'cluster.created') add('clusters_created', 1)
    if (type === 'suggestion.generated') add('suggestions_generated', payload.count)
    if (type === 'suggestion.resolved') add('suggestions_resolved', 1)
  }
  return Object.fromEntries(
    [...cells].map(([key, cell]) => {
      const { scan_duration_sum_ms: sum = 0, scan_duration_count: count = 0 } = cell
      return [key, { ...cell, avg_scan_duration_ms: count === 0 ? null : Math.round(sum / count) }]
    }),
  )
}

const empty: Record<string, number> = {
  scans_completed: 0,
  scans_failed: 0,
  media_processed: 0,
  identities_detected: 0,
  clusters_created: 0,
  suggestions_generated: 0,
  suggestions_resolved: 0,
  scan_duration_sum_ms: 0,
  scan_duration_count: 0,
}

/** The rollups as they are, in the same form. */
export const storedRollups = async ({ sql }: TestBridge): Promise<Record<string, unknown>> => {
  const columns = [...Object.keys(empty), 'avg_scan_duration_ms']
  const rows = await sql<{ key: string; cell: Record<string, number | null> }>(
    `SELECT tenant_id || ' ' || to_char(day, 'YYYY-MM-DD') AS key,
       json_build_object(${columns.map((name) => `'${name}', ${name}`).join(', ')}) AS cell
     FROM service_usage_rollups`,
  )
  return Object.fromEntries(rows.map(({ key, cell }) => [key, cell]))
}

/** The earliest instants per tenant; one with nothing but usage has a row as well. */
export const modelMilestones = (events: readonly SentEvent[]): Record<string, unknown> => {
  const columns: Record<string, string> = {
    'tenant.created': 'created',
    'apikey.created': 'apiKey',
    'scan.completed': 'scan',
  }
  const milestones: Record<string, Record<string, string | null>> = {}
  for (const { type, tenant = '', at } of events) {
    milestones[tenant] ??= { created: null, apiKey: null, scan: null }
    const column = columns[type]
    if (column === undefined) continue
    const known = milestones[tenant][column] ?? null
    const instant = new Date(at).toISOString()
    milestones[tenant][column] = known === null || instant < known ? instant : known
  }
  return milestones
}

export const storedMilestones = async ({ sql }: TestBridge): Promise<Record<string, unknown>> => {
  const iso = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
  const rows = await sql<{ tenant: string; milestone: unknown }>(
    `SELECT tenant_id AS tenant, json_build_object('created', ${iso('tenant_created_at')},
       'apiKey', ${iso('first_api_key_at')}, 'scan', ${iso('first_scan_at')}) AS milestone
     FROM tenant_milestones`,
  )
  return Object.fromEntries(rows.map(({ tenant, milestone }) => [tenant, milestone]))
}

/** Usage events in archives and raw rows together, per tenant day. */
export const storedEvents = async ({ sql }: TestBridge): Promise<Record<string, number>> => {
  const rows = await sql<{ key: string; events: number }>(
    `SELECT tenant_id || ' ' || to_char(day, 'YYYY-MM-DD') AS key, sum(events)::int AS events FROM (
       SELECT tenant_id, day, events FROM service_usage_archives
       UNION ALL
       SELECT tenant_id, occurred_at::date, 1 FROM tenant_events
       WHERE event_type NOT IN ('tenant.created', 'apikey.created')
     ) stored GROUP BY 1`,
  )
  return Object.fromEntries(rows.map(({ key, events }) => [key, events]))
}

export const modelEvents = (events: readonly SentEvent[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { type, tenant, at } of new Map(events.map((event) => [event.id, event])).values()) {
    if (type === 'tenant.created' || type === 'apikey.created') continue
    const key = `${tenant} ${new Date(at).toISOString().slice(0, 10)}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
