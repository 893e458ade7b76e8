import type { FastifyInstance } from 'fastify'
import type { PlannedVisitor } from './visit-plan.ts'

/**
 * Sends what the site's page would send, through the routes of `app`. `inject` instead of a socket, so that
 * every visitor has a different address, as in real life; the rate limits apply to each of them.
 */
export const sendPages = async (app: FastifyInstance, visitor: PlannedVisitor): Promise<void> => {
  for (const { at, ...page } of visitor.pages) {
    const payload = { anonId: visitor.anonId, eventType: 'page_view', ...page, timestamp: at.toISOString() }
    await post(app, '/v1/events', payload, visitor.ipAddress)
  }
}

/** Sends the lead form. The route takes no time: a lead is captured when the server's clock says. */
export const sendLeadForm = async (
  app: FastifyInstance,
  visitor: PlannedVisitor,
  email: string,
): Promise<void> => {
  const payload = {
    email,
    anonId: visitor.anonId,
    formName: 'early-access',
    consentStatus: 'express',
    path: '/pricing',
  }
  await post(app, '/v1/leads/capture', payload, visitor.ipAddress)
}

const post = async (app: FastifyInstance, url: string, payload: object, remoteAddress: string) => {
  const { statusCode, body } = await app.inject({ method: 'POST', url, payload, remoteAddress })
  // A visitor who is asked to slow down is lost, as in real life.
  if (statusCode !== 200 && statusCode !== 429) throw new Error(`${url} responded with ${statusCode} ${body}`)
}
