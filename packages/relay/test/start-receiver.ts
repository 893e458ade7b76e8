import { createTestDatabase } from '@altcontext/test-database'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'

export const adminKey = 'relay-test-key-of-32-characters!'

/** The real receiver on a database of its own. `requests` leaves out heartbeats, which come whenever a relay starts. */
export const startReceiver = async () => {
  const database = await createTestDatabase()
  const app = fastify()
  const requests: { traceparent: string | undefined; url: string }[] = []
  const receiver = { isDown: false, takesNothing: false }
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.endsWith('/heartbeat'))
      requests.push({ traceparent: request.headers.traceparent as string | undefined, url: request.url })
    if (receiver.isDown) return reply.code(503).send({ ok: false })
    if (receiver.takesNothing) return reply.code(413).send({ ok: false, error: 'payload_too_large' })
  })
  app.register(webhookReceiver, { database: fromPg(database.pool), adminKeys: adminKey, rateLimit: false })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url: `${origin}/v1/webhooks/description-service`,
    database,
    requests,
    receiver,
    storedIds: async (): Promise<string[]> =>
      (await database.pool.query('SELECT id FROM tenant_events ORDER BY id')).rows.map(({ id }) => id),
    close: async () => {
      await app.close()
      await database.drop()
    },
  }
}
