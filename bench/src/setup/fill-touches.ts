import pg from 'pg'

/** Where leads and tenants came from, visitors, refused requests and restatements; run it after the usage, whose leads it needs. */
export const fillTouches = async (databaseUrl: string): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const touch = `'channel-' || number % 8, 'source-' || number % 20, 'medium-' || number % 5, 'campaign-' || number % 30, '/page-' || number % 40`
  const captured = ['first', 'last']
    .flatMap((visit) =>
      ['channel', 'source', 'medium', 'campaign', 'landing_path'].map((name) => `${visit}_${name}`),
    )
    .join(', ')
  const leads = `(SELECT *, substr(id, 6)::int AS number FROM leads) lead`
  await client.query(
    `INSERT INTO lead_captures SELECT 'capture-' || number, '', first_captured_at::date, ${touch}, ${touch} FROM ${leads}`,
  )
  await client.query(
    `INSERT INTO lead_touches (lead_id, touch, capture_id, touched_at, channel, source, medium, campaign, landing_path)
     SELECT id, touch, 'capture-' || number, first_captured_at, ${touch} FROM ${leads}, (VALUES ('first'), ('last')) AS touches(touch)`,
  )
  await client.query(
    `UPDATE tenant_milestones SET capture_id = capture.id, (${captured}) = ROW(${captured.replaceAll(/(first|last)_/g, 'capture.$&')})
     FROM lead_captures capture WHERE capture.id = 'capture-' || substr(lead_id, 6)`,
  )
  await client.query(
    `INSERT INTO daily_visitors (id, property_id, day, channel, source, medium, campaign, landing_path, visitors)
     SELECT gen_random_uuid(), property_id, day, ${touch}, 50
     FROM daily_metric_rollups, generate_series(1, 8) AS number`,
  )
  await client.query(
    `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at)
     SELECT gen_random_uuid(), 'description-service', '/v1/webhooks/description-service', 'invalid_body', 400, day
     FROM daily_metric_rollups, generate_series(1, 20)`,
  )
  await client.query(
    `INSERT INTO restatements (id, day, cause, before, after, restated_at)
     SELECT gen_random_uuid(), day, 'late_events', to_jsonb(total), to_jsonb(total), day + 2
     FROM service_usage_daily_totals total, generate_series(1, 3)`,
  )
  await client.query('VACUUM ANALYZE')
  await client.end()
}
