import type { AdminKeys } from '@altcontext/webhook-contract'
import {
  adminKeysOption,
  callback,
  clock,
  evenWhenOthersFail,
  registerOptions,
  resolveOptions,
  schemaNameOption,
  text,
  withMethods,
} from '@altcontext/webhook-contract/options'
import type { AlertOptions } from '@altcontext/webhook-metrics'
import type { RateLimitOptions } from '@altcontext/webhook-receiver'
import {
  type BeforeTransaction,
  type Database,
  fromPg,
  type LeadScopeOf,
  leadScopeOption,
  type PgPool,
} from '@altcontext/webhook-store'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { BackendError } from './backend-error.ts'

export interface WebhookBackendOptions {
  /** The host's `pg` pool, which stays its own. Give this or `database`. */
  pool?: PgPool | undefined
  /** Another pool for the numbers, so that no report takes a connection from incoming events. @default `pool` */
  reportPool?: PgPool | undefined
  /** `fromPrisma(client)` of the store, for a host without `pg`. */
  database?: Database | undefined
  /** Runs first in every transaction, reads included: it sets the context of the host's row-level security. */
  beforeTransaction?: BeforeTransaction | undefined
  /** False behind a proxy that pools transactions, such as PgBouncer before 1.21. @default true */
  prepareStatements?: boolean | undefined
  /**
   * Whose leads, visitors and tenants are meant, in a host that serves customers of its own: one customer, or a function of
   * the request. @default the host has no customers
   */
  leadScope?: LeadScopeOf<FastifyRequest> | undefined
  /**
   * `x-admin-key`, at least 24 characters: for senders, for whoever reads numbers, and for signing in. Any key of a
   * list is accepted; undefined and empty ones are ignored.
   */
  adminKeys: AdminKeys
  /** Keys that may only send events. `INGEST_API_KEYS` of the receiver's `readAccess`. */
  ingestKeys?: AdminKeys
  /** Keys that may only read numbers, write notes and saved views beside them, and sign in. `READ_API_KEYS` of the receiver's `readAccess`. */
  readKeys?: AdminKeys
  /** Who may see numbers and dashboard, and write notes and saved views, besides those with a key: for a host with keys or sessions of its own. */
  authorize?: ((request: FastifyRequest) => boolean | Promise<boolean>) | undefined
  /**
   * The property whose `daily_metric_rollups` count visitors and leads: the host's `ROLLUP_DEFAULT_PROPERTY_ID`. If it has
   * none and others have, the log names those.
   */
  marketingPropertyId: string
  /**
   * Webhook requests per minute with a valid key, or `false`; or the receiver's own option, with `redis` or `database`
   * where several servers count together. @default the variable WEBHOOK_RATE_LIMIT, or else 300
   */
  rateLimit?: number | RateLimitOptions | false | undefined
  /** Events in batches per minute, at least 500, or as above. @default 60_000, or `false` with `rateLimit: false` */
  eventRateLimit?: number | RateLimitOptions | false | undefined
  /** `whsec_...`, one or a list: every webhook must then also be signed. */
  signingSecrets?: string | readonly string[] | undefined
  /**
   * The address that wrong keys are counted for, if the host is behind a proxy and does not set `trustProxy`.
   * @default Fastify's `request.ip`
   */
  clientAddress?: ((request: FastifyRequest) => string) | undefined
  /** The in-process rollup; `false` if another process does it. @default { intervalMs: 60_000 } */
  worker?: { intervalMs?: number | undefined } | false | undefined
  /** Who is told when something is wrong, and when it is over; see `alerts` of `webhookMetrics`. @default false */
  alerts?: AlertOptions | false | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export interface ResolvedWebhookBackendOptions
  extends Omit<
    WebhookBackendOptions,
    'pool' | 'reportPool' | 'database' | 'rateLimit' | 'eventRateLimit' | 'adminKeys'
  > {
  database: Database
  reportDatabase: Database
  ingestKeys: readonly string[]
  readKeys: readonly string[]
  rateLimit: RateLimitOptions | false
  eventRateLimit: RateLimitOptions | false | undefined
}

const requestCallback = <Result>() => callback<(request: FastifyRequest) => Result>()

const perMinute = (least: number) =>
  z.custom<number | RateLimitOptions | false>(
    (value) =>
      value === false ||
      // The receiver checks it.
      (typeof value === 'object' && value !== null) ||
      (Number.isSafeInteger(value) && (value as number) >= least),
    {
      abort: false,
      error: ({ input }) =>
        `is not valid, expected a whole number of at least ${least}${typeof input === 'number' ? '' : ', { max } with the other settings of the receiver'}, or false`,
    },
  )

const backendOptionsSchema = z
  .strictObject({
    pool: z.optional(withMethods<PgPool>(['connect'], 'a pg.Pool')),
    reportPool: z.optional(withMethods<PgPool>(['connect'], 'a pg.Pool')),
    database: z.optional(withMethods<Database>(['query', 'transaction'], 'fromPrisma(client)')),
    beforeTransaction: z.optional(callback<BeforeTransaction>()),
    prepareStatements: z.boolean().optional(),
    leadScope: z.optional(leadScopeOption<FastifyRequest>()),
    adminKeys: adminKeysOption(),
    ingestKeys: adminKeysOption(),
    readKeys: adminKeysOption(),
    authorize: z.optional(requestCallback<boolean | Promise<boolean>>()),
    marketingPropertyId: text(),
    rateLimit: perMinute(1).default(300),
    // A batch may hold 500, and one that never fits would be retried for ever.
    eventRateLimit: perMinute(500).optional(),
    // The receiver and the worker check these themselves.
    signingSecrets: z.custom<WebhookBackendOptions['signingSecrets']>(() => true).optional(),
    worker: z.custom<WebhookBackendOptions['worker']>(() => true).optional(),
    alerts: z.custom<WebhookBackendOptions['alerts']>(() => true).optional(),
    clientAddress: z.optional(requestCallback<string>()),
    schema: z.optional(schemaNameOption()),
    now: clock(),
    ...registerOptions,
  } satisfies Record<keyof WebhookBackendOptions, z.core.$ZodType> & typeof registerOptions)
  .refine(({ pool, database }) => (pool === undefined) !== (database === undefined), {
    ...evenWhenOthersFail,
    error: 'give either pool, a pg.Pool, or database, made by fromPrisma',
  })
  .refine(
    ({ database, reportPool, beforeTransaction, prepareStatements }) =>
      database === undefined ||
      [reportPool, beforeTransaction, prepareStatements].every((option) => option === undefined),
    {
      ...evenWhenOthersFail,
      error:
        'reportPool, beforeTransaction and prepareStatements belong to pool; with database, give beforeTransaction to fromPrisma',
    },
  )
  .refine((options) => 'adminKeys' in options, {
    ...evenWhenOthersFail,
    error: "adminKeys is missing, expected the host's ADMIN_API_KEY",
  })

/** @throws {BackendError} `invalid_options`, one message that names every problem and no key. */
export const resolveWebhookBackendOptions = (
  options: WebhookBackendOptions,
): ResolvedWebhookBackendOptions => {
  const variable = process.env.WEBHOOK_RATE_LIMIT
  const isFromVariable = options.rateLimit === undefined && variable !== undefined && variable !== ''
  const {
    pool,
    reportPool,
    database: given,
    rateLimit,
    eventRateLimit,
    adminKeys,
    ingestKeys,
    readKeys,
    ...resolved
  } = resolveOptions(
    backendOptionsSchema,
    isFromVariable ? { ...options, rateLimit: Number(variable) } : options,
    {
      names: isFromVariable ? { rateLimit: 'WEBHOOK_RATE_LIMIT' } : {},
      toError: (problems) =>
        new BackendError(
          'invalid_options',
          `Failed to set up the bridge: ${problems}. Correct the options of webhookBackend.`,
        ),
    },
  )
  const { beforeTransaction, prepareStatements } = resolved
  const onPool = (of: PgPool) => fromPg(of, { beforeTransaction, prepareStatements })
  const database = given ?? onPool(pool as PgPool)
  return {
    ...resolved,
    ingestKeys: [...adminKeys, ...ingestKeys],
    readKeys: [...adminKeys, ...readKeys],
    database,
    reportDatabase: reportPool === undefined ? database : onPool(reportPool),
    rateLimit: typeof rateLimit === 'number' ? { max: rateLimit } : rateLimit,
    eventRateLimit: typeof eventRateLimit === 'number' ? { max: eventRateLimit } : eventRateLimit,
  }
}
