import {
  type AnyContract,
  adminKeyProblem,
  contractLimits,
  type DescriptionServiceContract,
  descriptionServiceContract,
  parseSigningSecret,
  type SigningKey,
} from '@altcontext/webhook-contract'
import { EmitterError } from './emitter-error.ts'
import { createMemoryOutbox } from './outbox/memory/memory-outbox.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { AttemptReport, EmitterLogger, LostEvent } from './reports/emitter-reports.ts'

export interface EmitterOptions<C extends AnyContract = DescriptionServiceContract> {
  /**
   * The receiver's route, for example `https://marketing.example/v1/webhooks/description-service`. Batches go
   * to `<url>/batch`. `https:`, or `http:` to loopback (`localhost`, `127.0.0.0/8`, `[::1]`); no credentials in it.
   */
  url: string | URL
  /** Sent as `x-admin-key` (roadmap §6). At least 24 characters, as the receiver demands of `ADMIN_API_KEY`. */
  adminKey: string
  /** The events that may be emitted. @default descriptionServiceContract */
  contract?: C | undefined
  /** Standard Webhooks secrets (`whsec_...`). Each signs every request; two are for a rotation. @default none: unsigned */
  signingSecret?: string | readonly string[] | undefined
  /** Where events wait. The emitter closes it. @default createMemoryOutbox() */
  outbox?: Outbox | undefined
  /** `maxEvents`: how many events travel together, 1 (no batches) to 500. @default { maxEvents: 500 } */
  batch?: { maxEvents?: number | undefined } | undefined
  retry?: EmitterRetryOptions | undefined
  /** How long one attempt may take, to the last byte of the answer. 1 to 300_000. @default 10_000 */
  timeoutMs?: number | undefined
  /** How many requests may be under way at once, 1 to 64. @default 4 */
  maxConcurrentRequests?: number | undefined
  /** A pino logger, or anything with the same four methods. @default none */
  logger?: EmitterLogger | undefined
  /** Told of every event in every attempt, after the outbox knows. What it throws is logged. */
  onAttempt?: ((report: AttemptReport) => void) | undefined
  /**
   * Told of every event that will not be delivered: dead or dropped. The last chance to keep it; its `body` holds the
   * private fields, so mind where it goes. What it throws is logged.
   */
  onDead?: ((event: LostEvent) => void) | undefined
  /** Stands in for the receiver in tests; called with a `Request`. @default Node's own HTTP client */
  fetch?: typeof globalThis.fetch | undefined
  /** The wall clock, in milliseconds since 1970. Waits do not depend on it. @default Date.now */
  now?: (() => number) | undefined
}

export interface EmitterRetryOptions {
  /** The waits before the first retries, while the emitter holds the event. @default [1_000, 5_000, 30_000] (roadmap §9) */
  delaysMs?: readonly number[] | undefined
  /**
   * The waits after that, in the outbox, each give or take 20 %. After the last the event is dead.
   * @default 2, 5, 15 and 30 minutes, 1, 2, 4, 8 and 24 hours with a durable outbox; none with another
   */
  longDelaysMs?: readonly number[] | undefined
  /** The longest `Retry-After` that is believed. @default 300_000 (5 minutes) */
  maxRetryAfterMs?: number | undefined
  /**
   * How long one event may wait in sum because the receiver asked for it (`Retry-After`, 429) without that counting as
   * attempts. @default 3_600_000 (1 hour)
   */
  retryAfterBudgetMs?: number | undefined
}

export interface ResolvedEmitterOptions {
  contract: AnyContract
  url: URL
  batchUrl: URL
  adminKey: string
  signingKeys: readonly SigningKey[]
  outbox: Outbox
  maxBatchEvents: number
  retry: {
    delaysMs: readonly number[]
    longDelaysMs: readonly number[]
    maxRetryAfterMs: number
    retryAfterBudgetMs: number
  }
  timeoutMs: number
  maxConcurrentRequests: number
  logger: EmitterLogger | undefined
  onAttempt: ((report: AttemptReport) => void) | undefined
  onDead: ((event: LostEvent) => void) | undefined
  fetch: typeof globalThis.fetch | undefined
  now: () => number
}

const minute = 60_000
const hour = 60 * minute
const dayMs = 24 * hour

export const emitterDefaults = Object.freeze({
  maxBatchEvents: contractLimits.maxBatchEvents,
  delaysMs: Object.freeze([1000, 5000, 30_000]),
  durableLongDelaysMs: Object.freeze([
    2 * minute,
    5 * minute,
    15 * minute,
    30 * minute,
    hour,
    2 * hour,
    4 * hour,
    8 * hour,
    24 * hour,
  ]),
  maxRetryAfterMs: 5 * minute,
  retryAfterBudgetMs: hour,
  timeoutMs: 10_000,
  maxConcurrentRequests: 4,
})

/** How messages call the three options that may come from environment variables. */
export interface OptionNames {
  url: string
  adminKey: string
  signingSecret: string
}

const optionNames: OptionNames = { url: 'url', adminKey: 'adminKey', signingSecret: 'signingSecret' }

/** @throws {EmitterError} `invalid_options`, naming every problem at once. Values that may be secret are left out. */
export const resolveEmitterOptions = (
  options: Partial<EmitterOptions<AnyContract>>,
  names: OptionNames = optionNames,
): ResolvedEmitterOptions => {
  const problems: string[] = []
  const whole = (name: string, value: number, min: number, max: number): number => {
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      problems.push(`${name} is ${value}, expected a whole number from ${min} to ${max}`)
    }
    return value
  }
  const delays = (name: string, value: readonly number[]): readonly number[] => {
    if (!Array.isArray(value)) problems.push(`${name} is no list of milliseconds`)
    else value.forEach((delayMs, index) => void whole(`${name}[${index}]`, delayMs, 1, 7 * dayMs))
    return value
  }
  const url = readUrl(options.url, names.url, problems)
  checkKey(options.adminKey, names.adminKey, problems)
  const signingKeys = readSecrets(options.signingSecret, names.signingSecret, problems)
  const maxBatchEvents = whole(
    'batch.maxEvents',
    options.batch?.maxEvents ?? emitterDefaults.maxBatchEvents,
    1,
    contractLimits.maxBatchEvents,
  )
  const isDurable = options.outbox?.isDurable ?? false
  const retry = {
    delaysMs: delays('retry.delaysMs', options.retry?.delaysMs ?? emitterDefaults.delaysMs),
    longDelaysMs: delays(
      'retry.longDelaysMs',
      options.retry?.longDelaysMs ?? (isDurable ? emitterDefaults.durableLongDelaysMs : []),
    ),
    maxRetryAfterMs: whole(
      'retry.maxRetryAfterMs',
      options.retry?.maxRetryAfterMs ?? emitterDefaults.maxRetryAfterMs,
      0,
      dayMs,
    ),
    retryAfterBudgetMs: whole(
      'retry.retryAfterBudgetMs',
      options.retry?.retryAfterBudgetMs ?? emitterDefaults.retryAfterBudgetMs,
      0,
      7 * dayMs,
    ),
  }
  const timeoutMs = whole('timeoutMs', options.timeoutMs ?? emitterDefaults.timeoutMs, 1, 5 * minute)
  const maxConcurrentRequests = whole(
    'maxConcurrentRequests',
    options.maxConcurrentRequests ?? emitterDefaults.maxConcurrentRequests,
    1,
    64,
  )
  if (url === undefined || problems.length > 0) {
    throw new EmitterError(
      'invalid_options',
      `Failed to create an emitter: ${problems.join('; ')}. Correct the options.`,
      problems.map((message) => ({ path: '', message })),
    )
  }
  return Object.freeze({
    contract: options.contract ?? descriptionServiceContract,
    url,
    batchUrl: batchUrlOf(url),
    adminKey: options.adminKey ?? '',
    signingKeys,
    outbox: options.outbox ?? createMemoryOutbox(),
    maxBatchEvents,
    retry,
    timeoutMs,
    maxConcurrentRequests,
    logger: options.logger,
    onAttempt: options.onAttempt,
    onDead: options.onDead,
    fetch: options.fetch,
    now: options.now ?? Date.now,
  })
}

const batchUrlOf = (url: URL): URL => {
  const batchUrl = new URL(url)
  batchUrl.pathname = `${url.pathname.replace(/\/$/, '')}/batch`
  return batchUrl
}

// Only scheme and host are ever repeated: a path or query may hold a token.
const readUrl = (value: string | URL | undefined, name: string, problems: string[]): URL | undefined => {
  if (value === undefined || value === '') {
    problems.push(`${name} is missing, expected the receiver's https address`)
    return undefined
  }
  const url = URL.parse(String(value))
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    problems.push(`${name} is no https address`)
    return undefined
  }
  if (url.username !== '' || url.password !== '') {
    problems.push(`${name} holds a user name or password, which would end up in logs; use the key`)
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    problems.push(`${name} is http to ${url.hostname}, expected https (http is allowed to loopback only)`)
  }
  url.hash = ''
  return url
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)

const checkKey = (value: string | undefined, name: string, problems: string[]): void => {
  if (value === undefined || value === '') problems.push(`${name} is missing`)
  else {
    const problem = adminKeyProblem(value)
    if (problem !== undefined) problems.push(`${name} ${problem}`)
  }
}

const readSecrets = (
  value: string | readonly string[] | undefined,
  name: string,
  problems: string[],
): readonly SigningKey[] =>
  [value ?? []].flat().flatMap((secret) => {
    try {
      return [parseSigningSecret(secret)]
    } catch {
      problems.push(`${name} is no signing secret, expected "whsec_" and base64 of 24 to 64 bytes`)
      return []
    }
  })
