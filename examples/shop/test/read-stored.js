import pg from 'pg'

// Prints the stored row of the event $EVENT_ID.
const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
const { rows } = await client.query('SELECT * FROM tenant_events WHERE id = $1', [process.env.EVENT_ID])
await client.end()
console.log(JSON.stringify(rows[0]))
