import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { transaction } from '../database/transaction.ts'
import { anonId, label, path, referrer, siteId, utm } from '../http/fields.ts'
import { parseRequest } from '../http/parse-request.ts'
import { RequestError } from '../http/request-error.ts'
import { routeSchema } from '../http/route-schema.ts'
import { marketingProperty } from '../marketing-property.ts'
import { classifyTraffic } from '../visits/classify-traffic.ts'
import { hashAddress } from '../visits/hash-address.ts'
import { recordVisit } from '../visits/record-visit.ts'
import { maxBodyBytes, type RouteContext } from './route-context.ts'

const beaconSchema = z.object({
  anonId,
  eventType: label(64),
  path,
  referrer,
  utm: utm.optional(),
  traffic: z.object({ propertyId: siteId(1, 128).optional() }).optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
})

const dayMs = 86_400_000
/** Raw events are purged after 90 days: older ones would not be kept. */
const maxAgeMs = 90 * dayMs

/** `POST /v1/events`: the beacon. `navigator.sendBeacon` sends text, so text is read as JSON here. */
export const eventsRoute = async (app: FastifyInstance, context: RouteContext): Promise<void> => {
  const { environment, dailyRollup, ownHosts, now } = context
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, parseJson)

  app.post(
    '/v1/events',
    {
      bodyLimit: maxBodyBytes,
      config: { ingestProperty: marketingProperty },
      schema: routeSchema({ summary: 'Record what a visitor did', body: beaconSchema }),
    },
    async (request) => {
      const beacon = parseRequest(beaconSchema, request.body)
      const occurredAt = momentOf(beacon.timestamp, now())
      const recorded = await transaction(context, (tx) =>
        recordVisit(tx, {
          ...beacon,
          propertyId: beacon.traffic?.propertyId ?? marketingProperty,
          trafficSource: classifyTraffic({ ...beacon, ownHosts: new Set([...ownHosts, request.host]) }),
          ipHash: hashAddress(request.ip, environment.ipHashPepper),
          occurredAt,
        }),
      )
      dailyRollup.touch(occurredAt)
      return { ok: true, ...recorded }
    },
  )
}

const momentOf = (timestamp: string | undefined, now: Date): Date => {
  if (timestamp === undefined) return now
  const age = now.getTime() - Date.parse(timestamp)
  const message =
    age < -dayMs
      ? 'must not be more than a day ahead'
      : age > maxAgeMs
        ? 'must not be older than 90 days'
        : ''
  if (message) throw new RequestError('invalid_request', [{ path: 'timestamp', message }])
  return new Date(timestamp)
}
