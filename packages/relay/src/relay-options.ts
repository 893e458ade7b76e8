import { EmitterError, resolveEmitterOptions } from '@altcontext/webhook-emitter'
import { durableOutboxDefaults } from '@altcontext/webhook-emitter/sqlite'
import { parseDuration } from './cli/duration.ts'
import { type OutboxLocation, parseOutboxLocation } from './cli/outbox-location.ts'
import { RelayError } from './relay-error.ts'

/** Text as it comes from flags; what is missing is taken from the environment. Secrets have no flags: `ps` shows those. */
export interface RelayFlags {
  url?: string | undefined
  outbox?: string | undefined
  schema?: string | undefined
  host?: string | undefined
  port?: string | undefined
  maxEvents?: string | undefined
  maxAge?: string | undefined
  logRetention?: string | undefined
  deadRetention?: string | undefined
  deadPrivateFields?: string | undefined
  shutdownTimeout?: string | undefined
  logLevel?: string | undefined
}

export type RelayEnvironment = Readonly<Record<string, string | undefined>>

export interface RelayOptions {
  url: string
  adminKey: string
  signingSecret: readonly string[] | undefined
  outbox: OutboxLocation
  host: string
  port: number
  /** Demanded as `Authorization: Bearer` when set. */
  token: string | undefined
  maxEvents: number
  maxAgeMs: number
  logRetentionMs: number
  deadRetentionMs: number
  deadPrivateFieldsMs: number
  shutdownTimeoutMs: number
  logLevel: string
}

export const relayDefaults = Object.freeze({
  outbox: 'webhook-outbox.db',
  host: '127.0.0.1',
  port: 4600,
  shutdownTimeoutMs: 10_000,
  logLevel: 'info',
})

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']
const minTokenLength = 16

/** @throws {RelayError} `invalid_options`, naming every problem at once. Values that may be secret are left out. */
export const resolveRelayOptions = (flags: RelayFlags, env: RelayEnvironment): RelayOptions => {
  const problems: string[] = []
  const read = (flag: string | undefined, name: string): string | undefined => {
    const text = (flag ?? env[name])?.trim()
    return text === '' ? undefined : text
  }
  const whole = (
    name: string,
    text: string | undefined,
    fallback: number,
    min: number,
    max: number,
  ): number => {
    const value = text === undefined ? fallback : Number(text)
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value
    problems.push(`${name} is "${text}", expected a whole number from ${min} to ${max}`)
    return fallback
  }
  const duration = (name: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined
    const value = parseDuration(text)
    if (value === undefined) problems.push(`${name} is "${text}", expected a duration such as 90s, 12h or 7d`)
    return value
  }

  const url = read(flags.url, 'WEBHOOK_URL')
  const adminKey = read(undefined, 'ADMIN_API_KEY')
  const signingSecret = read(undefined, 'WEBHOOK_SIGNING_SECRET')?.split(/[\s,]+/)
  problems.push(...emitterProblems({ url, adminKey, signingSecret }))

  const host = read(flags.host, 'RELAY_HOST') ?? relayDefaults.host
  const token = read(undefined, 'RELAY_TOKEN')
  if (token !== undefined && token.length < minTokenLength) {
    problems.push(`RELAY_TOKEN has ${token.length} characters, expected at least ${minTokenLength}`)
  }
  if (token === undefined && !isLoopback(host)) {
    problems.push(`RELAY_TOKEN is missing, and RELAY_HOST (${host}) can be reached from other machines`)
  }
  const logLevel = read(flags.logLevel, 'LOG_LEVEL') ?? relayDefaults.logLevel
  if (!logLevels.includes(logLevel)) {
    problems.push(`LOG_LEVEL is "${logLevel}", expected one of ${logLevels.join(', ')}`)
  }
  const maxAgeMs =
    duration('RELAY_MAX_AGE', read(flags.maxAge, 'RELAY_MAX_AGE')) ?? durableOutboxDefaults.maxAgeMs
  if (maxAgeMs > durableOutboxDefaults.maxAgeMs) {
    problems.push('RELAY_MAX_AGE is longer than 60d, after which a receiver may not recognise an event')
  }
  const options: RelayOptions = {
    url: url ?? '',
    adminKey: adminKey ?? '',
    signingSecret,
    outbox: parseOutboxLocation(
      read(flags.outbox, 'RELAY_OUTBOX') ?? relayDefaults.outbox,
      read(flags.schema, 'RELAY_SCHEMA'),
      problems,
    ),
    host,
    port: whole('RELAY_PORT', read(flags.port, 'RELAY_PORT'), relayDefaults.port, 0, 65_535),
    token,
    maxEvents: whole(
      'RELAY_MAX_EVENTS',
      read(flags.maxEvents, 'RELAY_MAX_EVENTS'),
      durableOutboxDefaults.maxEvents,
      1,
      1_000_000_000,
    ),
    maxAgeMs,
    logRetentionMs:
      duration('RELAY_LOG_RETENTION', read(flags.logRetention, 'RELAY_LOG_RETENTION')) ??
      durableOutboxDefaults.logRetentionMs,
    deadRetentionMs:
      duration('RELAY_DEAD_RETENTION', read(flags.deadRetention, 'RELAY_DEAD_RETENTION')) ??
      durableOutboxDefaults.deadRetentionMs,
    deadPrivateFieldsMs:
      duration('RELAY_DEAD_PRIVATE_FIELDS', read(flags.deadPrivateFields, 'RELAY_DEAD_PRIVATE_FIELDS')) ??
      durableOutboxDefaults.deadPrivateFieldsMs,
    shutdownTimeoutMs:
      duration('RELAY_SHUTDOWN_TIMEOUT', read(flags.shutdownTimeout, 'RELAY_SHUTDOWN_TIMEOUT')) ??
      relayDefaults.shutdownTimeoutMs,
    logLevel,
  }
  if (problems.length > 0) {
    throw new RelayError(
      'invalid_options',
      `Failed to start the relay: ${problems.join('; ')}. Correct the flags or environment variables.`,
    )
  }
  return Object.freeze(options)
}

const emitterProblems = (options: Parameters<typeof resolveEmitterOptions>[0]): string[] => {
  try {
    resolveEmitterOptions(options, {
      url: 'WEBHOOK_URL',
      adminKey: 'ADMIN_API_KEY',
      signingSecret: 'WEBHOOK_SIGNING_SECRET',
    })
    return []
  } catch (error) {
    if (!(error instanceof EmitterError)) throw error
    return error.issues.map(({ message }) => message)
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
