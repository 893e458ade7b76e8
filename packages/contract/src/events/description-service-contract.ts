import * as z from 'zod/mini'
import { contractLimits } from '../contract-limits.ts'
import { redactText } from '../privacy/redact-text.ts'
import { reduceToOrigin } from '../privacy/reduce-to-origin.ts'
import { type Contract, defineContract } from './define-contract.ts'
import type { EmittedEvents, EventPayloads } from './description-service-events.ts'
import { instant } from './instant.ts'
import { identifierText, storableText } from './text.ts'

const timestamp = z.optional(instant)
const count = (max: number) => z.number().check(z.int(), z.minimum(0), z.maximum(max))
const mediaCount = count(10_000_000)

/**
 * The events of AltContext's description service (roadmap §5), and `suggestion.generated`, without which
 * the roadmap's suggestion resolution rate would have no divisor.
 *
 * `email`, `rateLimitTier`, `errorMessage` and `siteUrl` may be null or absent: they are nullable in the product.
 */
export const descriptionServiceContract: DescriptionServiceContract = defineContract({
  name: 'description-service',
  events: {
    'tenant.created': {
      description: 'A tenant was created.',
      payload: z.object({
        siteUrl: z.nullish(z.pipe(z.string().check(z.maxLength(2048)), z.transform(reduceToOrigin))),
        email: z.nullish(storableText(320)),
        createdAt: timestamp,
      }),
      timestamp: 'createdAt',
      privateFields: ['email'],
      leadAddress: 'email',
      milestone: 'created',
      sample: {
        siteUrl: 'https://gallery.example',
        email: 'ada@example.com',
        createdAt: '2026-02-13T12:00:00Z',
      },
    },
    'apikey.created': {
      description: 'An API key was issued.',
      payload: z.object({
        keyPrefix: identifierText(contractLimits.maxKeyPrefixLength),
        rateLimitTier: z.nullish(identifierText(64)),
        createdAt: timestamp,
      }),
      timestamp: 'createdAt',
      milestone: 'firstKey',
      sample: { keyPrefix: 'ac_live_4f', rateLimitTier: 'standard', createdAt: '2026-02-13T12:01:00Z' },
    },
    'scan.completed': {
      description: 'A scan job finished successfully.',
      payload: z.object({
        jobId: identifierText(),
        mediaCount,
        identitiesDetected: count(100_000_000),
        durationMs: count(2_147_483_647),
        completedAt: timestamp,
      }),
      timestamp: 'completedAt',
      milestone: 'firstUse',
      changesDay: true,
      sample: {
        jobId: 'job-1',
        mediaCount: 20,
        identitiesDetected: 63,
        durationMs: 3200,
        completedAt: '2026-02-13T12:05:00Z',
      },
    },
    'scan.failed': {
      description: 'A scan job failed.',
      payload: z.object({
        jobId: identifierText(),
        mediaCount,
        errorMessage: z.nullish(z.pipe(z.string(), z.transform(redactText))),
        failedAt: timestamp,
      }),
      timestamp: 'failedAt',
      changesDay: true,
      sample: {
        jobId: 'job-2',
        mediaCount: 4,
        errorMessage: 'The image could not be decoded',
        failedAt: '2026-02-13T12:06:00Z',
      },
    },
    'cluster.created': {
      description: 'An identity cluster was created.',
      payload: z.object({
        clusterId: identifierText(),
        identityCount: count(100_000_000),
        algorithm: identifierText(64),
        createdAt: timestamp,
      }),
      timestamp: 'createdAt',
      changesDay: true,
      sample: {
        clusterId: 'cluster-1',
        identityCount: 12,
        algorithm: 'centroid',
        createdAt: '2026-02-13T12:05:01Z',
      },
    },
    'suggestion.generated': {
      description: 'Suggestions were generated; count says how many.',
      payload: z.object({
        count: count(10_000_000),
        jobId: z.optional(identifierText()),
        createdAt: timestamp,
      }),
      timestamp: 'createdAt',
      changesDay: true,
      sample: { count: 5, jobId: 'job-1', createdAt: '2026-02-13T12:05:02Z' },
    },
    'suggestion.resolved': {
      description: 'A user accepted or rejected a suggestion.',
      payload: z.object({
        suggestionId: identifierText(),
        resolution: z.enum(['accepted', 'rejected']),
        resolvedAt: timestamp,
      }),
      timestamp: 'resolvedAt',
      changesDay: true,
      sample: { suggestionId: 'suggestion-1', resolution: 'accepted', resolvedAt: '2026-02-13T12:30:00Z' },
    },
  },
})

/** The type of {@link descriptionServiceContract}, whose payloads are named interfaces. */
export interface DescriptionServiceContract extends Contract<DescriptionServiceTypes> {}

type DescriptionServiceTypes = {
  [Type in keyof EventPayloads]: {
    emitted: EmittedEvents[Type]
    input: Fields<EventPayloads[Type]>
    // Reading an event changes the type of none of its fields.
    output: Fields<EventPayloads[Type]>
  }
}

/** To the compiler an interface is not a record, but its fields are. */
type Fields<Payload> = { [Field in keyof Payload]: Payload[Field] }
