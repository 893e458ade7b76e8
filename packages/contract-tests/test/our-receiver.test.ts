import { createTestDatabase } from '@altcontext/test-database'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import { describeReceiver } from '../src/vitest.ts'

const adminKey = 'our-receiver-admin-key-of-34-chars'
const signingSecret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='

const serve = (signingSecrets?: string) => {
  const database = createTestDatabase()
  return {
    app: async () => {
      const app = fastify()
      const { pool, drop } = await database
      await app.register(webhookReceiver, {
        database: fromPg(pool),
        adminKeys: adminKey,
        signingSecrets,
      })
      app.addHook('onClose', () => drop())
      return app
    },
    readStored: async (eventId: string) =>
      (await (await database).pool.query('SELECT * FROM tenant_events WHERE id = $1', [eventId])).rows[0],
  }
}

describeReceiver('our receiver', { adminKey, rateLimit: 300, completeness: true, ...serve() })
describeReceiver('our receiver with a signing secret', {
  adminKey,
  signingSecret,
  completeness: true,
  ...serve(signingSecret),
})
