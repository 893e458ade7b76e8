import type { FastifyInstance } from 'fastify'
import type { Environment } from '../environment.ts'

/** A staging copy of the product that sends here by mistake: an event that breaks the contract, twice, and a wrong key. */
export const sendMistakes = async (
  app: FastifyInstance,
  { access }: Environment,
  at: Date,
): Promise<void> => {
  const adminKey = access.ingest[0] ?? ''
  const scan = {
    eventType: 'scan.completed',
    tenantId: 'staging-tenant',
    occurredAt: at.toISOString(),
    payload: { jobId: 'staging-job', mediaCount: 'many', identitiesDetected: 2, durationMs: 900 },
  }
  for (const key of [adminKey, adminKey, 'a-key-of-the-staging-server']) {
    await app.inject({
      method: 'POST',
      url: '/v1/webhooks/description-service',
      headers: { 'x-admin-key': key },
      payload: scan,
    })
  }
}
