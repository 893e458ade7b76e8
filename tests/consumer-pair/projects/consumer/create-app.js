import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'

/** The marketing backend, reduced to the bridge. */
export const createApp = async ({ databaseUrl, adminKey }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const app = fastify()
  await app.register(webhookReceiver, { database: fromPg(pool), adminKeys: adminKey })
  app.addHook('onClose', () => pool.end())
  return app
}
