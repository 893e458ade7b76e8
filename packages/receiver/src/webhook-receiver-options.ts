import {
  type AdminKeys,
  type AnyContract,
  contractLimits,
  type SigningKey,
  type WindowSettings,
  wrongKeyDefaults,
} from '@altcontext/webhook-contract'
import {
  adminKeysOption,
  callback,
  clientAddressOption,
  clock,
  contractOption,
  evenWhenOthersFail,
  falseOr,
  registerOptions,
  resolveOptions,
  schemaNameOption,
  signingSecretsOption,
  text,
  wholeNumber,
  withMethods,
} from '@altcontext/webhook-contract/options'
import {
  type Database,
  databaseOption,
  type EventWriter,
  type LeadScopeOf,
  leadScopeOption,
} from '@altcontext/webhook-store'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { SharedBy } from './limits/rate-limit.ts'
import type { RateLimitRedis } from './limits/redis-windows.ts'
import { ReceiverError } from './receiver-error.ts'
import { createEventWriters, type EventWriters, givenEventWriter } from './receiving/event-writers.ts'
import type { OnRefused } from './refusals/refusal-reporter.ts'

/** How much may come in any time of that length, and where servers that share it count. */
export interface RateLimitOptions extends SharedBy {
  max?: number | undefined
  timeWindowMs?: number | undefined
}

export interface WebhookReceiverOptions {
  /** Where events are written. Give this or `writer`. */
  database?: Database | undefined
  /**
   * A writer that several receivers share, or one with limits of its own. The caller closes it, and
   * `contract` and `schema` must have been given to it as well.
   */
  writer?: EventWriter | undefined
  /**
   * `x-admin-key` (roadmap §6), at least 24 characters. Any key of a list is accepted, for rotation;
   * undefined and empty ones are ignored. Without a key every request gets 503 `admin_auth_not_configured`.
   */
  adminKeys: AdminKeys
  /**
   * For a host that serves customers of its own: among whose leads an address is looked up, and to whom the events belong.
   * A function is called for every request with a valid key. Not with `writer`. @default all leads
   */
  leadScope?: LeadScopeOf<FastifyRequest> | undefined
  /**
   * The address that wrong keys are counted for, if the host is behind a proxy and does not set `trustProxy`:
   * `(request) => String(request.headers['fly-client-ip'] ?? request.ip)`. @default Fastify's `request.ip`
   */
  clientAddress?: ((request: FastifyRequest) => string) | undefined
  /** The plain route; batches go to `<path>/batch`. @default `/v1/webhooks/<the contract's name>` */
  path?: string | undefined
  /** @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /**
   * Standard Webhooks secrets (`whsec_...`). If given, every request must be signed with one of them, in addition
   * to its key. @default none: signatures are not checked
   */
  signingSecrets?: string | readonly string[] | undefined
  /**
   * Requests with a valid key, counted together for both routes of this receiver. A batch is one request.
   * `redis`, an `ioredis` client, or `database`, a `Database` of `webhook-store`, makes several servers count together; while
   * it does not respond within half a second, each counts for itself. `false` if something in front of the server limits requests.
   * @default { max: 300, timeWindowMs: 60_000 } (roadmap §6)
   */
  rateLimit?: RateLimitOptions | false | undefined
  /**
   * Events in batches, counted together; `max` is at least 500. A batch that does not fit is refused whole, with 429.
   * @default { max: 60_000, timeWindowMs: 60_000 }, or `false` when `rateLimit` is false
   */
  eventRateLimit?: RateLimitOptions | false | undefined
  /**
   * Requests with a wrong key or none, counted for each address across everything on this server that takes the key,
   * and apart from `rateLimit`; a valid key is never refused because of them. Behind a proxy, Fastify's `trustProxy` decides
   * which address that is. @default { max: 30, timeWindowMs: 60_000 }
   */
  wrongKeyRateLimit?: { max?: number | undefined; timeWindowMs?: number | undefined } | undefined
  /** The maximum size of one event. @default 65_536 */
  maxBodyBytes?: number | undefined
  /** The maximum size of one batch. @default 2_097_152 */
  maxBatchBodyBytes?: number | undefined
  /**
   * How long a commit may take before the response is 503. It must be shorter than the sender's own timeout (the
   * emitter's is 10 s), 100 to 60_000. @default 8_000
   */
  writeTimeoutMs?: number | undefined
  /** Goes to `onRefused`: the property that refusals belong to. @default the contract's name, 'description-service' */
  propertyId?: string | undefined
  /** Called for every refused request, and for every refused event of a batch. What it throws is logged. */
  onRefused?: OnRefused | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export interface ResolvedWebhookReceiverOptions
  extends Omit<
    z.output<typeof receiverOptionsSchema>,
    | 'database'
    | 'writer'
    | 'signingSecrets'
    | 'path'
    | 'propertyId'
    | 'onRefused'
    | 'rateLimit'
    | 'eventRateLimit'
  > {
  writers: EventWriters
  /** What comparisons and heartbeats need. A receiver that was given a writer knows no database, and has no routes for them. */
  completeness: { database: Database; schema: string | undefined } | undefined
  path: string
  signingKeys: readonly SigningKey[]
  rateLimit: (WindowSettings & SharedBy) | false
  eventRateLimit: (WindowSettings & SharedBy) | false
  propertyId: string
  onRefused: OnRefused | undefined
}

export const webhookReceiverDefaults = Object.freeze({
  path: '/v1/webhooks/description-service',
  rateLimit: Object.freeze({ max: 300, timeWindowMs: 60_000 }),
  eventRateLimit: Object.freeze({ max: 60_000, timeWindowMs: 60_000 }),
  wrongKeyRateLimit: wrongKeyDefaults,
  maxBodyBytes: contractLimits.maxBodyBytes,
  maxBatchBodyBytes: contractLimits.maxBatchBodyBytes,
  writeTimeoutMs: 8000,
  propertyId: 'description-service',
})

const day = 86_400_000

/** @throws {ReceiverError} `invalid_options`, naming every problem at once, without keys and secrets. */
export const resolveWebhookReceiverOptions = (
  options: WebhookReceiverOptions,
): ResolvedWebhookReceiverOptions => {
  const { writer, database, signingSecrets, onRefused, ...resolved } = resolveOptions(
    receiverOptionsSchema,
    options,
    {
      toError: (problems) =>
        new ReceiverError(
          'invalid_options',
          `Failed to set up a webhook receiver: ${problems}. Correct the options.`,
        ),
    },
  )
  const { contract, now, schema, rateLimit, eventRateLimit, writeTimeoutMs } = resolved
  return Object.freeze({
    ...resolved,
    path: resolved.path ?? `/v1/webhooks/${contract.name}`,
    propertyId: resolved.propertyId ?? contract.name,
    signingKeys: signingSecrets,
    onRefused,
    completeness: database && { database, schema },
    eventRateLimit: eventRateLimit ?? (rateLimit !== false && webhookReceiverDefaults.eventRateLimit),
    writers:
      writer === undefined
        ? createEventWriters({
            database: database as Database,
            contract,
            schema,
            now,
            commitTimeoutMs: writeTimeoutMs,
          })
        : givenEventWriter(writer),
  })
}

const limitShape = (defaults: WindowSettings) => ({
  max: z._default(wholeNumber(1, 1_000_000_000), defaults.max),
  timeWindowMs: z._default(wholeNumber(1, day), defaults.timeWindowMs),
})

const sharedLimit = (shape: ReturnType<typeof limitShape>) =>
  z
    .strictObject({
      ...shape,
      redis: z.optional(withMethods<RateLimitRedis>(['eval'], 'an ioredis client')),
      database: z.optional(databaseOption()),
    })
    .refine(({ redis, database }) => redis === undefined || database === undefined, {
      error: 'can only count in one place: give either redis or database',
    })

/** A name of our own: otherwise our declarations would name a module of Fastify that its users cannot resolve. */
interface HostRequest extends FastifyRequest {}

const receiverOptionsSchema = z
  .strictObject({
    database: z.optional(databaseOption()),
    writer: z.optional(withMethods<EventWriter>(['write', 'writeAll', 'close'], 'an event writer')),
    adminKeys: adminKeysOption(),
    leadScope: z.optional(leadScopeOption<HostRequest>()),
    clientAddress: clientAddressOption<HostRequest>(),
    path: z.optional(
      text().check(
        z.refine((path) => /^(\/[\w.~-]+)+$/.test(path), {
          error: ({ input }) =>
            `is "${input}", expected plain segments such as "${webhookReceiverDefaults.path}"`,
        }),
      ),
    ),
    contract: contractOption(),
    // An empty list or text is refused rather than taken as "no signatures": a secret has gone missing.
    signingSecrets: z
      .unknown()
      .refine(
        (secrets) => !(Array.isArray(secrets) && secrets.length === 0),
        'is an empty list, expected a secret; leave it out to accept unsigned requests',
      )
      .pipe(signingSecretsOption())
      .optional()
      .transform((keys) => keys ?? []),
    rateLimit: z.prefault(falseOr(sharedLimit(limitShape(webhookReceiverDefaults.rateLimit))), {}),
    eventRateLimit: z.optional(
      falseOr(
        sharedLimit({
          ...limitShape(webhookReceiverDefaults.eventRateLimit),
          max: z._default(
            wholeNumber(contractLimits.maxBatchEvents, 1_000_000_000),
            webhookReceiverDefaults.eventRateLimit.max,
          ),
        }),
      ),
    ),
    wrongKeyRateLimit: z.strictObject(limitShape(webhookReceiverDefaults.wrongKeyRateLimit)).prefault({}),
    maxBodyBytes: z._default(wholeNumber(1024, 16_777_216), webhookReceiverDefaults.maxBodyBytes),
    maxBatchBodyBytes: z._default(wholeNumber(1024, 67_108_864), webhookReceiverDefaults.maxBatchBodyBytes),
    writeTimeoutMs: z._default(wholeNumber(100, 60_000), webhookReceiverDefaults.writeTimeoutMs),
    propertyId: z.optional(text()),
    onRefused: z.optional(callback<OnRefused>()),
    schema: z.optional(schemaNameOption()),
    now: clock(),
    ...registerOptions,
  } satisfies Record<keyof WebhookReceiverOptions, z.core.$ZodType> & typeof registerOptions)
  .refine(({ writer, database }) => (writer === undefined) !== (database === undefined), {
    ...evenWhenOthersFail,
    error: 'give either database or writer, and not both',
  })
  .refine(({ writer, leadScope }) => writer === undefined || leadScope === undefined, {
    ...evenWhenOthersFail,
    error: 'leadScope belongs to database; give a writer on a database that inLeadScope made',
  })
