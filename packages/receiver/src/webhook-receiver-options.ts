import {
  type AdminKeys,
  type AnyContract,
  contractLimits,
  descriptionServiceContract,
  parseSigningSecret,
  readAdminKeys,
  type SigningKey,
} from '@altcontext/webhook-contract'
import { createEventWriter, type Database, type EventWriter } from '@altcontext/webhook-store'
import type { RateLimitSettings } from './limits/rate-limit.ts'
import type { RateLimitRedis } from './limits/redis-window.ts'
import { ReceiverError } from './receiver-error.ts'
import type { OnRefused } from './refusals/refusal-reporter.ts'

export interface WebhookReceiverOptions {
  /** Where events are written. Give this or `writer`. */
  database?: Database | undefined
  /**
   * A writer that several receivers share, or one with bounds of its own. It stays the caller's to close, and
   * `contract` and `schema` must have been given to it as well.
   */
  writer?: EventWriter | undefined
  /**
   * `x-admin-key` (roadmap §6), at least 24 characters. Any of a list passes, for rotation; what is undefined or
   * empty in it is passed over. Without a key every request is answered with 503 `admin_auth_not_configured`.
   */
  adminKeys: AdminKeys
  /** The plain route; batches go to `<path>/batch`. @default '/v1/webhooks/description-service' */
  path?: string | undefined
  /** @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /**
   * Standard Webhooks secrets (`whsec_...`). When given, every request must be signed with one of them, in addition
   * to its key. @default none: signatures are not looked at
   */
  signingSecrets?: string | readonly string[] | undefined
  /**
   * Requests with a right key, counted together for both routes of this receiver. A batch is one request.
   * `redis`, an `ioredis` client, makes several servers count together. `false` when something in front of the
   * server limits. @default { max: 300, timeWindowMs: 60_000 } (roadmap §6)
   */
  rateLimit?:
    | {
        max?: number | undefined
        timeWindowMs?: number | undefined
        redis?: RateLimitRedis | undefined
      }
    | false
    | undefined
  /**
   * Requests with a wrong key or none, counted for each address in each process, apart from `rateLimit`.
   * Behind a proxy, Fastify's `trustProxy` decides what the address is. @default { max: 30, timeWindowMs: 60_000 }
   */
  wrongKeyRateLimit?: { max?: number | undefined; timeWindowMs?: number | undefined } | undefined
  /** One event. @default 65_536 */
  maxBodyBytes?: number | undefined
  /** One batch. @default 2_097_152 */
  maxBatchBodyBytes?: number | undefined
  /**
   * How long a commit may take before the answer is 503. It must be shorter than the sender's own timeout (the
   * emitter's is 10 s), 100 to 60_000. @default 8_000
   */
  writeTimeoutMs?: number | undefined
  /** Goes to `onRefused`: the property that refusals belong to. @default 'description-service' */
  propertyId?: string | undefined
  /** Told of every refused request, and of every refused event of a batch. What it throws is logged. */
  onRefused?: OnRefused | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export interface ResolvedWebhookReceiverOptions {
  writer: EventWriter
  /** Whether this receiver made the writer, and so closes it. */
  ownsWriter: boolean
  adminKeys: readonly string[]
  path: string
  contract: AnyContract
  signingKeys: readonly SigningKey[]
  rateLimit: (RateLimitSettings & { redis: RateLimitRedis | undefined }) | false
  wrongKeyRateLimit: RateLimitSettings
  maxBodyBytes: number
  maxBatchBodyBytes: number
  writeTimeoutMs: number
  propertyId: string
  onRefused: OnRefused | undefined
  now: () => number
}

export const webhookReceiverDefaults = Object.freeze({
  path: '/v1/webhooks/description-service',
  rateLimit: Object.freeze({ max: 300, timeWindowMs: 60_000 }),
  wrongKeyRateLimit: Object.freeze({ max: 30, timeWindowMs: 60_000 }),
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
  const problems: string[] = []
  const whole = (name: string, value: number, min: number, max: number): number => {
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      problems.push(`${name} is ${String(value)}, expected a whole number from ${min} to ${max}`)
    }
    return value
  }
  const limitOf = (name: 'rateLimit' | 'wrongKeyRateLimit', given: unknown): RateLimitSettings => {
    if (given !== undefined && (typeof given !== 'object' || given === null)) {
      problems.push(`${name} is ${String(given)}, expected { max, timeWindowMs }`)
      return webhookReceiverDefaults[name]
    }
    const { max, timeWindowMs } = (given ?? {}) as Partial<RateLimitSettings>
    const defaults = webhookReceiverDefaults[name]
    return {
      max: whole(`${name}.max`, max ?? defaults.max, 1, 1_000_000_000),
      timeWindowMs: whole(`${name}.timeWindowMs`, timeWindowMs ?? defaults.timeWindowMs, 1, day),
    }
  }

  const { writer, database, contract = descriptionServiceContract, schema, rateLimit } = options
  if ((writer === undefined) === (database === undefined)) {
    problems.push('give either database or writer, and not both')
  }
  const redis = rateLimit === false ? undefined : rateLimit?.redis
  if (redis !== undefined && typeof redis?.eval !== 'function') {
    problems.push('rateLimit.redis has no method "eval", expected an ioredis client')
  }
  const adminKeys = readAdminKeys(options.adminKeys)
  problems.push(...adminKeys.problems)
  const now = options.now ?? Date.now
  const resolved = {
    adminKeys: adminKeys.keys,
    path: readPath(options.path ?? webhookReceiverDefaults.path, problems),
    contract,
    signingKeys: readSecrets(options.signingSecrets, problems),
    rateLimit: rateLimit === false ? rateLimit : { ...limitOf('rateLimit', rateLimit), redis },
    wrongKeyRateLimit: limitOf('wrongKeyRateLimit', options.wrongKeyRateLimit),
    maxBodyBytes: whole(
      'maxBodyBytes',
      options.maxBodyBytes ?? webhookReceiverDefaults.maxBodyBytes,
      1024,
      16_777_216,
    ),
    maxBatchBodyBytes: whole(
      'maxBatchBodyBytes',
      options.maxBatchBodyBytes ?? webhookReceiverDefaults.maxBatchBodyBytes,
      1024,
      67_108_864,
    ),
    writeTimeoutMs: whole(
      'writeTimeoutMs',
      options.writeTimeoutMs ?? webhookReceiverDefaults.writeTimeoutMs,
      100,
      60_000,
    ),
    propertyId: options.propertyId ?? webhookReceiverDefaults.propertyId,
    onRefused: options.onRefused,
    now,
  }
  if (problems.length > 0) {
    throw new ReceiverError(
      'invalid_options',
      `Failed to set up a webhook receiver: ${problems.join('; ')}. Correct the options.`,
    )
  }
  return Object.freeze({
    ...resolved,
    writer: writer ?? createEventWriter({ database: database as Database, contract, schema, now }),
    ownsWriter: writer === undefined,
  })
}

const readPath = (path: string, problems: string[]): string => {
  if (!/^(\/[\w.~-]+)+$/.test(path)) {
    problems.push(`path is "${path}", expected plain segments such as "${webhookReceiverDefaults.path}"`)
  }
  return path
}

// An empty list or text is refused rather than read as "no signatures": it is a secret that went missing.
const readSecrets = (
  given: WebhookReceiverOptions['signingSecrets'],
  problems: string[],
): readonly SigningKey[] => {
  if (given === undefined) return []
  const secrets = [given].flat()
  if (secrets.length === 0) {
    problems.push(
      'signingSecrets is an empty list, expected a secret; leave it out to accept unsigned requests',
    )
  }
  return secrets.flatMap((secret) => {
    try {
      return [parseSigningSecret(secret)]
    } catch {
      problems.push(
        'one of signingSecrets is no signing secret, expected "whsec_" and base64 of 24 to 64 bytes',
      )
      return []
    }
  })
}
