import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { benchAdminKey, benchPath } from '../../processes/hand-written-route.ts'
import { readConfig } from '../../processes/process-channel.ts'
import { serve } from '../../processes/serve.ts'

/** Our receiver with everything on, but for the rate limit. */
const { databaseUrl, signingSecret } = readConfig<{ databaseUrl: string; signingSecret?: string }>()
const pool = new pg.Pool({ connectionString: databaseUrl })
const app = fastify()
await app.register(webhookReceiver, {
  database: fromPg(pool),
  adminKeys: benchAdminKey,
  path: benchPath,
  rateLimit: false,
  signingSecrets: signingSecret,
})
await serve(app, () => pool.end())
