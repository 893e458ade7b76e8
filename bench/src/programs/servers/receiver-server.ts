import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { benchAdminKey, benchPath } from '../../processes/hand-written-route.ts'
import { readConfig } from '../../processes/process-channel.ts'
import { serve } from '../../processes/serve.ts'

/** Our receiver with everything on except the rate limit, unless a place to count it is given. */
const { databaseUrl, signingSecret, limitIn } = readConfig<{
  databaseUrl: string
  signingSecret?: string
  limitIn?: 'server' | 'database'
}>()
const pool = new pg.Pool({ connectionString: databaseUrl })
const database = fromPg(pool)
const limit = { max: 1_000_000_000, ...(limitIn === 'database' && { database }) }
const app = fastify()
await app.register(webhookReceiver, {
  database,
  adminKeys: benchAdminKey,
  path: benchPath,
  rateLimit: limitIn === undefined ? false : limit,
  eventRateLimit: limitIn === undefined ? false : limit,
  signingSecrets: signingSecret,
})
await serve(app, () => pool.end())
