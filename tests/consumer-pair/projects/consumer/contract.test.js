import { describeReceiver } from '@altcontext/webhook-contract-tests/vitest'
import pg from 'pg'
import { createApp } from './create-app.js'

const databaseUrl = process.env.DATABASE_URL
const adminKey = 'demo-consumer-admin-key-of-36-chars'

describeReceiver('the receiver', {
  app: () => createApp({ databaseUrl, adminKey }),
  adminKey,
  rateLimit: 300,
  async readStored(eventId) {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    const { rows } = await client.query('SELECT * FROM tenant_events WHERE id = $1', [eventId])
    await client.end()
    return rows[0]
  },
})
