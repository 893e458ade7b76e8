import { evenWhenOthersFail, oneOf, resolveOptions, wholeNumber } from '@altcontext/webhook-contract/options'
import { EmitterError, resolveEmitterOptions } from '@altcontext/webhook-emitter'
import { durableOutboxDefaults } from '@altcontext/webhook-emitter/sqlite'
import { z } from 'zod'
import { parseDuration } from './cli/duration.ts'
import { type OutboxLocation, outboxLocationIssues, parseOutboxLocation } from './cli/outbox-location.ts'
import { relayDefaults } from './relay-defaults.ts'
import { invalidOptions } from './relay-error.ts'

/** Text as it comes from flags; missing values are taken from the environment. Secrets have no flags: `ps` shows those. */
export interface RelayFlags {
  url?: string | undefined
  /** Servers of NATS JetStream that carry the events; with them, `url` and `ADMIN_API_KEY` are used only if both are given. */
  nats?: string | undefined
  outbox?: string | undefined
  schema?: string | undefined
  host?: string | undefined
  port?: string | undefined
  socket?: string | undefined
  maxEvents?: string | undefined
  maxAge?: string | undefined
  logRetention?: string | undefined
  deadRetention?: string | undefined
  deadPrivateFields?: string | undefined
  shutdownTimeout?: string | undefined
  logLevel?: string | undefined
  /** The path of a module, which the command line loads. */
  contract?: string | undefined
}

export type RelayEnvironment = Readonly<Record<string, string | undefined>>

export interface RelayOptions {
  /** Missing only where NATS carries the events. */
  url: string | undefined
  adminKey: string | undefined
  /** With NATS, the transport must be given to `createRelay`. */
  carrier: 'http' | 'nats'
  signingSecret: readonly string[] | undefined
  outbox: OutboxLocation
  host: string
  port: number
  /** A Unix socket, instead of host and port. */
  socket: string | undefined
  /** Required as `Authorization: Bearer` if set. */
  token: string | undefined
  maxEvents: number
  maxAgeMs: number
  logRetentionMs: number
  deadRetentionMs: number
  deadPrivateFieldsMs: number
  shutdownTimeoutMs: number
  logLevel: string
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const minTokenLength = 16

/** @throws {RelayError} `invalid_options`, naming every problem at once. Values that may be secret are left out. */
export const resolveRelayOptions = (flags: RelayFlags, env: RelayEnvironment): RelayOptions => {
  const read = (name: string, flag?: string): string | undefined => {
    const text = (flag ?? env[name])?.trim()
    return text === '' ? undefined : text
  }
  const given = {
    WEBHOOK_URL: read('WEBHOOK_URL', flags.url),
    ADMIN_API_KEY: read('ADMIN_API_KEY'),
    NATS_URL: read('NATS_URL', flags.nats),
    // A variable that is set but blank is a lost secret, not a wish to send unsigned.
    WEBHOOK_SIGNING_SECRET: env.WEBHOOK_SIGNING_SECRET?.trim(),
    RELAY_OUTBOX: read('RELAY_OUTBOX', flags.outbox),
    RELAY_SCHEMA: read('RELAY_SCHEMA', flags.schema),
    RELAY_HOST: read('RELAY_HOST', flags.host),
    RELAY_PORT: read('RELAY_PORT', flags.port),
    RELAY_SOCKET: read('RELAY_SOCKET', flags.socket),
    RELAY_TOKEN: read('RELAY_TOKEN'),
    RELAY_MAX_EVENTS: read('RELAY_MAX_EVENTS', flags.maxEvents),
    RELAY_MAX_AGE: read('RELAY_MAX_AGE', flags.maxAge),
    RELAY_LOG_RETENTION: read('RELAY_LOG_RETENTION', flags.logRetention),
    RELAY_DEAD_RETENTION: read('RELAY_DEAD_RETENTION', flags.deadRetention),
    RELAY_DEAD_PRIVATE_FIELDS: read('RELAY_DEAD_PRIVATE_FIELDS', flags.deadPrivateFields),
    RELAY_SHUTDOWN_TIMEOUT: read('RELAY_SHUTDOWN_TIMEOUT', flags.shutdownTimeout),
    LOG_LEVEL: read('LOG_LEVEL', flags.logLevel),
  }
  const resolved = resolveOptions(relaySchema, given, {
    toError: (problems) =>
      invalidOptions(`Failed to start the relay: ${problems}. Correct the flags or environment variables.`),
  })
  return Object.freeze({
    url: resolved.WEBHOOK_URL,
    adminKey: resolved.ADMIN_API_KEY,
    carrier: resolved.NATS_URL === undefined ? 'http' : 'nats',
    signingSecret: secretsOf(resolved),
    outbox: parseOutboxLocation(resolved.RELAY_OUTBOX, resolved.RELAY_SCHEMA),
    host: resolved.RELAY_HOST ?? relayDefaults.host,
    port: resolved.RELAY_PORT ?? relayDefaults.port,
    socket: resolved.RELAY_SOCKET,
    token: resolved.RELAY_TOKEN,
    maxEvents: resolved.RELAY_MAX_EVENTS,
    maxAgeMs: resolved.RELAY_MAX_AGE,
    logRetentionMs: resolved.RELAY_LOG_RETENTION,
    deadRetentionMs: resolved.RELAY_DEAD_RETENTION,
    deadPrivateFieldsMs: resolved.RELAY_DEAD_PRIVATE_FIELDS,
    shutdownTimeoutMs: resolved.RELAY_SHUTDOWN_TIMEOUT,
    logLevel: resolved.LOG_LEVEL,
  })
}

const wholeNumberText = (min: number, max: number) =>
  z
    .string()
    .refine((text) => wholeNumber(min, max).safeParse(Number(text)).success, {
      error: ({ input }) => `is "${input}", expected a whole number from ${min} to ${max}`,
    })
    .transform(Number)

const duration = () =>
  z.string().transform((text, context): number => {
    const durationMs = parseDuration(text)
    if (durationMs !== undefined) return durationMs
    context.addIssue({
      code: 'custom',
      message: `is "${text}", expected a duration such as 90s, 12h or 7d`,
    })
    return z.NEVER
  })

const relaySchema = z
  .object({
    WEBHOOK_URL: z.string().optional(),
    ADMIN_API_KEY: z.string().optional(),
    NATS_URL: z.string().optional(),
    WEBHOOK_SIGNING_SECRET: z.string().optional(),
    RELAY_OUTBOX: z.string().default(relayDefaults.outbox),
    RELAY_SCHEMA: z.string().optional(),
    RELAY_HOST: z.string().optional(),
    RELAY_PORT: wholeNumberText(0, 65_535).optional(),
    RELAY_SOCKET: z.string().optional(),
    RELAY_TOKEN: z
      .string()
      .refine((token) => token.length >= minTokenLength, {
        error: ({ input }) => `has ${String(input).length} characters, expected at least ${minTokenLength}`,
      })
      .optional(),
    RELAY_MAX_EVENTS: wholeNumberText(1, 1_000_000_000).default(durableOutboxDefaults.maxEvents),
    RELAY_MAX_AGE: duration()
      .refine(
        (durationMs) => durationMs <= durableOutboxDefaults.maxAgeMs,
        'is longer than 60d, after which a receiver may not recognise an event',
      )
      .default(durableOutboxDefaults.maxAgeMs),
    RELAY_LOG_RETENTION: duration().default(durableOutboxDefaults.logRetentionMs),
    RELAY_DEAD_RETENTION: duration().default(durableOutboxDefaults.deadRetentionMs),
    RELAY_DEAD_PRIVATE_FIELDS: duration().default(durableOutboxDefaults.deadPrivateFieldsMs),
    RELAY_SHUTDOWN_TIMEOUT: duration().default(relayDefaults.shutdownTimeoutMs),
    LOG_LEVEL: z._default(oneOf(logLevels), relayDefaults.logLevel),
  })
  .superRefine((given, context) => {
    const problem = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    for (const { path, message } of emitterIssues(given)) problem(path, message)
    for (const { path, message } of outboxLocationIssues(given.RELAY_OUTBOX, given.RELAY_SCHEMA)) {
      problem(path, message)
    }
    const { RELAY_SOCKET: socket, RELAY_HOST: host = relayDefaults.host } = given
    if (socket !== undefined) {
      for (const name of ['RELAY_HOST', 'RELAY_PORT'] as const) {
        if (given[name] !== undefined)
          problem(name, 'is given together with RELAY_SOCKET, expected one of them')
      }
    } else if (given.RELAY_TOKEN === undefined && !isLoopback(host)) {
      problem('RELAY_TOKEN', `is missing, and RELAY_HOST (${host}) can be reached from other machines`)
    }
  }, evenWhenOthersFail)

const secretsOf = (given: { WEBHOOK_SIGNING_SECRET?: string | undefined }) =>
  given.WEBHOOK_SIGNING_SECRET?.split(/[\s,]+/)

const emitterIssues = (given: {
  WEBHOOK_URL?: string | undefined
  ADMIN_API_KEY?: string | undefined
  NATS_URL?: string | undefined
  WEBHOOK_SIGNING_SECRET?: string | undefined
}): EmitterError['issues'] => {
  const isAddressless = given.WEBHOOK_URL === undefined && given.ADMIN_API_KEY === undefined
  if (given.NATS_URL !== undefined && isAddressless) return []
  try {
    const options = { url: given.WEBHOOK_URL, adminKey: given.ADMIN_API_KEY, signingSecret: secretsOf(given) }
    resolveEmitterOptions(options as Parameters<typeof resolveEmitterOptions>[0], {
      url: 'WEBHOOK_URL',
      adminKey: 'ADMIN_API_KEY',
      signingSecret: 'WEBHOOK_SIGNING_SECRET',
    })
    return []
  } catch (error) {
    if (!(error instanceof EmitterError)) throw error
    return error.issues
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
