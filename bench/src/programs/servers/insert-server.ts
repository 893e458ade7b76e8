import pg from 'pg'
import { handWrittenRoute } from '../../processes/hand-written-route.ts'
import { readConfig } from '../../processes/process-channel.ts'
import { serve } from '../../processes/serve.ts'

/** One `INSERT` of the bare row for each request. */
const { databaseUrl } = readConfig<{ databaseUrl: string }>()
const pool = new pg.Pool({ connectionString: databaseUrl })

const app = handWrittenRoute(async ({ eventType, tenantId, occurredAt, payload }, id) => {
  const { rowCount } = await pool.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
    [id, tenantId, eventType, JSON.stringify(payload), occurredAt],
  )
  return rowCount === 1 ? { eventId: id } : { eventId: id, duplicate: true }
})
await serve(app, () => pool.end())
