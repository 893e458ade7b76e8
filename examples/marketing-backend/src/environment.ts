import { type AlertOptions, readAlerts } from '@altcontext/webhook-metrics'
import { type Access, readAccess } from '@altcontext/webhook-receiver'
import { z } from 'zod'
import { StartError } from './start-error.ts'

const booleanWords = {
  on: true,
  true: true,
  '1': true,
  yes: true,
  off: false,
  false: false,
  '0': false,
  no: false,
}
const boolean = z
  .string()
  .toLowerCase()
  .refine((word) => Object.hasOwn(booleanWords, word), 'must be on or off')
  .transform((word) => booleanWords[word as keyof typeof booleanWords])

const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((number) => number >= from && number <= to, `must be a whole number from ${from} to ${to}`)

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text
const origins = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .refine(
    (list) => list.every(isOrigin),
    'must be a comma-separated list of origins like https://example.com',
  )

const postgresUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol),
    'must be a connection string like postgresql://user:password@host:5432/database',
  )

/** The sample's emitter sends over plain HTTP, which it allows to loopback only. */
const sampleHosts = new Set(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::'])

const environmentSchema = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: wholeNumber(0, 65_535).default(3000),
    DATABASE_URL: postgresUrl.optional(),
    PREPARE_STATEMENTS: boolean.default(true),
    WEBHOOK_RATE_LIMIT: wholeNumber(1, 1_000_000).default(300),
    IP_HASH_PEPPER: z.string().min(16, 'must have at least 16 characters').optional(),
    ROLLUP_INTERVAL_SECONDS: wholeNumber(0, 86_400).default(60),
    LOG_LEVEL: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
        error: 'must be one of trace, debug, info, warn, error, fatal, silent',
      })
      .optional(),
    CORS_ALLOWED_ORIGINS: origins.default([]),
    TRUSTED_PROXY_HOPS: wholeNumber(0, 10).default(0),
    SHUTDOWN_TIMEOUT_SECONDS: wholeNumber(1, 300).default(5),
    SAMPLE: boolean.optional(),
    DATA_DIR: z.string().default('.data'),
  })
  .refine((read) => !(read.SAMPLE ?? !read.DATABASE_URL) || sampleHosts.has(read.HOST), {
    path: ['SAMPLE'],
    message: 'is on, which needs a HOST of 127.0.0.1, localhost, ::1, 0.0.0.0 or ::',
  })

/** The whole configuration of the server. */
export interface Environment {
  host: string
  port: number
  /** `undefined` means: start our own PostgreSQL in `dataDirectory`. */
  databaseUrl: string | undefined
  /** False behind a proxy that pools transactions and loses prepared statements. */
  prepareStatements: boolean
  /** Keys by their scope, and the secrets of signatures. */
  access: Access
  /** Requests with a valid key per minute on the webhook route. The sample's past is sent without a limit. */
  webhookRateLimit: number | false
  /** Without one, no hash of an address is stored. */
  ipHashPepper: string | undefined
  /** 0 turns the in-process scheduler off. */
  rollupIntervalSeconds: number
  /** Where to report that something is wrong. */
  alerts: AlertOptions | false
  logLevel: string
  corsAllowedOrigins: string[]
  /** How many reverse proxies are between the server and its clients. */
  trustedProxyHops: number
  /** How long requests under way may take when the server is to stop. */
  shutdownTimeoutSeconds: number
  sample: boolean
  dataDirectory: string
}

/**
 * Reads the environment once, at start. An empty variable counts as absent, except for a signing secret.
 *
 * @throws {StartError} `bad_environment`, one message that names every bad variable and never a value.
 */
export const parseEnvironment = (variables: NodeJS.ProcessEnv): Environment => {
  const present = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const result = environmentSchema.safeParse(present)
  const { access, problems: accessProblems } = readAccess(variables)
  const { alerts, problems: alertProblems } = readAlerts(variables)
  const problems = [
    ...(result.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`),
    ...accessProblems,
    ...alertProblems,
    ...(alerts !== false && result.data?.ROLLUP_INTERVAL_SECONDS === 0
      ? [
          'ALERT_WEBHOOK_URL and ALERT_EMAIL_COMMAND need ROLLUP_INTERVAL_SECONDS above 0, because the in-process rollup checks for alerts',
        ]
      : []),
    ...(result.data?.SAMPLE && result.data.DATABASE_URL && access.admin.length === 0
      ? ['SAMPLE needs ADMIN_API_KEY when DATABASE_URL is set']
      : []),
  ]
  if (!result.success || problems.length > 0) {
    throw new StartError('bad_environment', `Failed to read the environment: ${problems.join('; ')}.`)
  }
  const read = result.data
  return {
    host: read.HOST,
    port: read.PORT,
    databaseUrl: read.DATABASE_URL,
    prepareStatements: read.PREPARE_STATEMENTS,
    access,
    webhookRateLimit: read.WEBHOOK_RATE_LIMIT,
    ipHashPepper: read.IP_HASH_PEPPER,
    rollupIntervalSeconds: read.ROLLUP_INTERVAL_SECONDS,
    alerts,
    logLevel: read.LOG_LEVEL ?? (read.DATABASE_URL ? 'info' : 'warn'),
    corsAllowedOrigins: read.CORS_ALLOWED_ORIGINS,
    trustedProxyHops: read.TRUSTED_PROXY_HOPS,
    shutdownTimeoutSeconds: read.SHUTDOWN_TIMEOUT_SECONDS,
    sample: read.SAMPLE ?? !read.DATABASE_URL,
    dataDirectory: read.DATA_DIR,
  }
}
