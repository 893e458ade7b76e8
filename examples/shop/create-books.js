import { webhookReceiver } from '@altcontext/webhook-receiver'
import { checkDatabase, createTables, fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { contract } from './contract.js'

/** The books: they take the shop's events at /v1/webhooks/shop, and show what is left of its sales at /revenue. */
export const createBooks = async ({ databaseUrl, adminKey, rateLimit }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const database = fromPg(pool)
  await checkDatabase(database, { contract })

  const books = fastify()
  books.addHook('onClose', () => pool.end())
  await books.register(webhookReceiver, { database, contract, adminKeys: adminKey, rateLimit })
  books.get('/revenue', async () => {
    const [revenue] = await database.query(
      `SELECT COALESCE(sum((payload->>'cents')::int) FILTER (WHERE event_type = 'order.paid'), 0)::int AS paid,
         COALESCE(sum((payload->>'cents')::int) FILTER (WHERE event_type = 'order.refunded'), 0)::int AS refunded
       FROM ${createTables().tenantEvents}`,
    )
    return revenue
  })
  return books
}
