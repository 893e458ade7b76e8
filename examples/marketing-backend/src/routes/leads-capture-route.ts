import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { transaction } from '../database/transaction.ts'
import { anonId, email, label, path, referrer, utm } from '../http/fields.ts'
import { parseRequest } from '../http/parse-request.ts'
import { RequestError } from '../http/request-error.ts'
import { routeSchema } from '../http/route-schema.ts'
import { captureLead, consentStatuses } from '../leads/capture-lead.ts'
import { marketingProperty } from '../marketing-property.ts'
import { classifyTraffic, type TrafficSource } from '../visits/classify-traffic.ts'
import { hashAddress } from '../visits/hash-address.ts'
import { recordVisit } from '../visits/record-visit.ts'
import { maxBodyBytes, type RouteContext } from './route-context.ts'

const captureSchema = z.object({
  email,
  anonId,
  formName: label(128).optional(),
  sourceChannel: label(255).optional(),
  consentStatus: z.enum(consentStatuses).default('pending'),
  utm: utm.optional(),
  path: path.optional(),
  referrer,
  /** People do not see this field; only a program fills it in. */
  honeypot: z.string().max(1_000).optional(),
})

/** A form without JavaScript has no anonymous id. */
const formSchema = captureSchema.extend({ anonId: anonId.optional() })

type Capture = z.output<typeof formSchema>

const isForm = (request: FastifyRequest) =>
  request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false

/** `POST /v1/leads/capture`: the response to JSON is JSON, the response to a form leads back to its page. */
export const leadsCaptureRoute = (app: FastifyInstance, context: RouteContext): void => {
  app.post(
    '/v1/leads/capture',
    {
      bodyLimit: maxBodyBytes,
      config: { ingestProperty: marketingProperty },
      schema: routeSchema({ summary: 'Capture a lead', body: captureSchema }),
      errorHandler: async (error, request, reply) => {
        // Encapsulated handlers fall through to the app's by throwing; it records the refusal.
        if (!isForm(request) || !(error instanceof RequestError)) throw error
        const { reason, statusCode } = { reason: error.error, statusCode: error.statusCode }
        context.rejections.record({
          propertyId: marketingProperty,
          endpoint: '/v1/leads/capture',
          reason,
          statusCode,
        })
        return backToTheForm(request, reply, context, 'try-again')
      },
    },
    async (request, reply) => {
      const form = isForm(request)
      const capture = form
        ? parseRequest(formSchema, withoutEmptyFields(request.body))
        : parseRequest(captureSchema, request.body)
      const isBot = (capture.honeypot ?? '') !== ''
      if (isBot) {
        const endpoint = '/v1/leads/capture'
        context.rejections.record({
          propertyId: marketingProperty,
          endpoint,
          reason: 'honeypot',
          statusCode: 200,
        })
      }
      const captured = isBot ? { leadId: null } : await store(capture, request, context)
      return form ? backToTheForm(request, reply, context, 'thanks') : { ok: true, ...captured }
    },
  )
}

const withoutEmptyFields = (body: unknown) =>
  Object.fromEntries(Object.entries(body ?? {}).filter(([, value]) => value !== ''))

const store = async (capture: Capture, request: FastifyRequest, context: RouteContext) => {
  const { environment, dailyRollup, ownHosts, now } = context
  const capturedAt = now()
  const result = await transaction(context, async (tx) => {
    const trafficSource: TrafficSource =
      capture.anonId === undefined
        ? 'unknown'
        : classifyTraffic({ ...capture, ownHosts: new Set([...ownHosts, request.host]) })
    const visit = await recordVisit(tx, {
      anonId: capture.anonId ?? `form-${randomUUID()}`,
      eventType: 'form_submit',
      path: capture.path ?? '/',
      referrer: capture.referrer,
      utm: capture.utm,
      propertyId: marketingProperty,
      trafficSource,
      ipHash: hashAddress(request.ip, environment.ipHashPepper),
      occurredAt: capturedAt,
    })
    const { visitorId } = visit
    const leadId = await captureLead(tx, {
      emailNormalized: capture.email,
      visitorId,
      sourceChannel: capture.sourceChannel,
      formName: capture.formName,
      consentStatus: capture.consentStatus,
      capturedAt,
    })
    return { leadId, visitorId }
  })
  dailyRollup.touch(capturedAt)
  return result
}

/** Only to pages of the site: a form on any other page must not make this server send people there. */
const backToTheForm = (
  request: FastifyRequest,
  reply: FastifyReply,
  { ownHosts }: RouteContext,
  fragment: 'thanks' | 'try-again',
) => {
  const from = request.headers.referer
  const page = from !== undefined && URL.canParse(from) ? new URL(from) : undefined
  const isOwn = page !== undefined && (page.host === request.host || ownHosts.has(page.host))
  if (!isOwn) return reply.redirect(`/site/#${fragment}`, 303)
  page.hash = fragment
  return reply.redirect(page.href, 303)
}
