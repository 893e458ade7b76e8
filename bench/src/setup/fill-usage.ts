import pg from 'pg'

export interface FillUsageOptions {
  tenants: number
  months: number
  /** Every tenant has a rollup on one day out of this many. */
  oneDayIn: number
  /** Raw events of the last 90 days. @default 0 */
  events?: number
}

/** Rollups with their totals, milestones, leads and the host's daily rollups, up to yesterday. */
export const fillUsage = async (
  databaseUrl: string,
  { tenants, months, oneDayIn, events = 0 }: FillUsageOptions,
): Promise<void> => {
  const days = Math.round(months * 30.4)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const fill = async (text: string, params: unknown[]): Promise<void> =>
    void (await client.query(text, params))
  // In the order in which the rollup writes them: day by day.
  await fill(
    `INSERT INTO service_usage_rollups
       (id, day, tenant_id, scans_completed, scans_failed, media_processed, identities_detected, clusters_created,
        suggestions_generated, suggestions_resolved, avg_scan_duration_ms, scan_duration_sum_ms, scan_duration_count,
        generated_at, created_at, updated_at)
     SELECT gen_random_uuid(), current_date - age, 'tenant-' || tenant, 9, 1, 180, 540, 3, 12, 9, 3200, 28800, 9,
       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
     FROM generate_series($1::int, 1, -1) AS age, generate_series(1, $2::int) AS tenant
     WHERE (age + tenant) % $3::int = 0`,
    [days, tenants, oneDayIn],
  )
  await fill(
    `INSERT INTO service_usage_daily_totals (day, scans_completed, scans_failed, media_processed, identities_detected,
       clusters_created, suggestions_generated, suggestions_resolved, scan_duration_sum_ms, scan_duration_count)
     SELECT day, sum(scans_completed), sum(scans_failed), sum(media_processed), sum(identities_detected),
       sum(clusters_created), sum(suggestions_generated), sum(suggestions_resolved), sum(scan_duration_sum_ms),
       sum(scan_duration_count)
     FROM service_usage_rollups GROUP BY day`,
    [],
  )
  await fill(
    `INSERT INTO tenant_activity (tenant_id, first_day, second_day, last_day, active_days)
     SELECT tenant_id, min(day), (array_agg(day ORDER BY day))[2], max(day),
       string_agg(repeat('0', day - day_before - 1) || '1', '' ORDER BY day)::varbit
     FROM (
       SELECT tenant_id, day, lag(day, 1, day - 1) OVER (PARTITION BY tenant_id ORDER BY day) AS day_before FROM service_usage_rollups
     ) rollups
     GROUP BY tenant_id`,
    [],
  )
  await fill(
    `INSERT INTO active_tenant_days (day, daily, weekly, monthly)
     SELECT day, count(*), $1::int, $1::int FROM service_usage_rollups GROUP BY day`,
    [tenants],
  )
  await fill(
    `INSERT INTO leads (id, email_normalized, source_channel, first_captured_at, last_captured_at)
     SELECT 'lead-' || number, 'lead' || number || '@example.com', 'channel-' || number % 8,
       current_date - number % $1::int, current_date - number % $1::int
     FROM generate_series(1, $2::int * 2) AS number`,
    [days, tenants],
  )
  await fill(
    `INSERT INTO tenant_milestones (tenant_id, tenant_created_at, lead_id, channel, attributed_at,
       attributed_event_id, first_api_key_at, first_scan_at, updated_at)
     SELECT 'tenant-' || tenant, created, 'lead-' || tenant, 'channel-' || tenant % 8, created, gen_random_uuid(),
       created + interval '1 hour', created + interval '1 day', created
     FROM generate_series(1, $2::int) AS tenant, LATERAL (SELECT current_date - tenant % $1::int + time '12:00') AS at(created)`,
    [days, tenants],
  )
  await fill(
    `INSERT INTO daily_metric_rollups (id, property_id, day, unique_visitors, new_leads, traffic_source_breakdown)
     SELECT gen_random_uuid(), 'marketing-site', current_date - age, 400, 12, '{"direct": 200, "campaign": 200}'
     FROM generate_series(1, $1::int) AS age`,
    [days],
  )
  await fill(
    `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at, received_at, created_at)
     SELECT gen_random_uuid(), 'tenant-' || number % $2::int, 'scan.completed',
       '{"jobId": "job", "mediaCount": 20, "identitiesDetected": 60, "durationMs": 3200}', at, at, at
     FROM generate_series(1, $1::int) AS number,
       LATERAL (SELECT current_date - interval '90 days' * number / $1::int) AS moment(at)`,
    [events, tenants],
  )
  await client.query('VACUUM ANALYZE')
  await client.end()
}
