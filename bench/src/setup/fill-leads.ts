import pg from 'pg'

/** Leads `lead1@example.com` and so on, none of whom came through a known visit. */
export const fillLeads = async (databaseUrl: string, leads: number): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    `INSERT INTO leads (id, email_normalized, source_channel, first_captured_at, last_captured_at)
     SELECT gen_random_uuid(), 'lead' || number || '@example.com', 'newsletter', '2026-01-01', '2026-01-01'
     FROM generate_series(1, $1::int) AS number`,
    [leads],
  )
  await client.query('VACUUM ANALYZE leads')
  await client.end()
}
