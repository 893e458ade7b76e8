import { type AnyContract, completenessLimits, contractLimits } from '@altcontext/webhook-contract'
import {
  adminKeyOption,
  callback,
  clock,
  contractOption,
  evenWhenOthersFail,
  falseOr,
  readOption,
  resolveOptions,
  signingSecretsOption,
  wholeNumber,
  withMethods,
} from '@altcontext/webhook-contract/options'
import * as z from 'zod/mini'
import type { OnMissing, ReconcileReport } from './completeness/reconcile-outbox.ts'
import { EmitterError } from './emitter-error.ts'
import { type EmitterOptions, emitterDefaults, type TransportEmitterOptions } from './emitter-options.ts'
import { createMemoryOutbox } from './outbox/memory/memory-outbox.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { AttemptReport, EmitterLogger, LostEvent } from './reports/emitter-reports.ts'
import type { EventTransport } from './transport/event-transport.ts'

/** Where the receiver is reached over HTTP. */
export interface ReceiverAddress {
  url: URL
  batchUrl: URL
  verifyUrl: URL
  reconcileUrl: URL
  heartbeatUrl: URL
  adminKey: string
}

export interface ResolvedEmitterOptions
  extends ReceiverAddress,
    Omit<ReturnType<typeof resolveShared>, 'transport'> {
  /** What carries the events. @default HTTP */
  transport?: EventTransport | undefined
}

/** For an emitter that knows no receiver's address, because its events travel by other means. */
interface ResolvedWithoutAddress
  extends Omit<ResolvedEmitterOptions, keyof ReceiverAddress | 'transport'>,
    Partial<Record<keyof ReceiverAddress, undefined>> {
  transport: EventTransport
}

export type ResolvedOptions = ResolvedEmitterOptions | ResolvedWithoutAddress

export const knowsReceiver = (options: ResolvedOptions): options is ResolvedEmitterOptions =>
  options.url !== undefined

const minute = 60_000
const hour = 60 * minute
const dayMs = 24 * hour

/** What messages call the three options that may come from environment variables. */
export interface OptionNames {
  url: string
  adminKey: string
  signingSecret: string
}

const optionNames: OptionNames = { url: 'url', adminKey: 'adminKey', signingSecret: 'signingSecret' }

/** @throws {EmitterError} `invalid_options`, naming every problem at once. Values that may be secret are left out. */
export const resolveEmitterOptions = (
  input: Partial<EmitterOptions<AnyContract>>,
  names: OptionNames = optionNames,
): ResolvedEmitterOptions => {
  const { url, adminKey, ...options } = resolveOptions(emitterOptionsSchema, input, {
    names: { ...names },
    toError: invalidOptions,
  })
  return Object.freeze({ ...resolveShared(options), ...addressOf(url, adminKey) })
}

/** @throws {EmitterError} `invalid_options`, naming every problem at once */
export const resolveTransportOptions = (
  input: Partial<TransportEmitterOptions<AnyContract>>,
): ResolvedOptions => {
  const { url, adminKey, transport, ...options } = resolveOptions(transportOptionsSchema, input, {
    toError: invalidOptions,
  })
  const shared = { ...resolveShared(options), transport }
  if (url === undefined || adminKey === undefined) return Object.freeze(shared)
  return Object.freeze({ ...shared, ...addressOf(url, adminKey) })
}

const invalidOptions = (problems: string, issues: EmitterError['issues']): EmitterError =>
  new EmitterError(
    'invalid_options',
    `Failed to create an emitter: ${problems}. Correct the options.`,
    issues,
  )

const resolveShared = ({
  batch,
  signingSecret,
  outbox = createMemoryOutbox(),
  retry,
  ...options
}: Omit<z.output<typeof emitterOptionsSchema>, 'url' | 'adminKey'>) => ({
  ...options,
  signingKeys: signingSecret,
  outbox,
  maxBatchEvents: batch.maxEvents,
  retry: {
    ...retry,
    longDelaysMs: retry.longDelaysMs ?? (outbox.isDurable ? emitterDefaults.durableLongDelaysMs : []),
  },
})

const addressOf = (url: URL, adminKey: string): ReceiverAddress => ({
  url,
  adminKey,
  batchUrl: urlBelow(url, 'batch'),
  verifyUrl: urlBelow(url, 'verify'),
  reconcileUrl: urlBelow(url, 'reconcile'),
  heartbeatUrl: urlBelow(url, 'heartbeat'),
})

const urlBelow = (url: URL, route: 'batch' | 'verify' | 'reconcile' | 'heartbeat'): URL => {
  const below = new URL(url)
  below.pathname = `${url.pathname.replace(/\/$/, '')}/${route}`
  return below
}

// Only scheme and host are ever repeated: a path or query may hold a token.
const urlOption = () =>
  readOption((value, problem): URL => {
    if (value === undefined || value === '') {
      problem("is missing, expected the receiver's https address")
      return z.NEVER
    }
    const url = URL.parse(String(value))
    if (url === null || !['https:', 'http:'].includes(url.protocol)) {
      problem('is not an https address')
      return z.NEVER
    }
    if (url.username !== '' || url.password !== '') {
      problem('holds a user name or password, which would end up in logs; use the key')
    }
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      problem(`is http to ${url.hostname}, expected https (http is allowed to loopback only)`)
    }
    url.hash = ''
    return url
  })

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)

const delays = () => z.array(wholeNumber(1, 7 * dayMs))

const emitterOptionsSchema = z.strictObject({
  url: urlOption(),
  adminKey: adminKeyOption(),
  transport: z.optional(z.undefined()),
  contract: contractOption(),
  signingSecret: signingSecretsOption(),
  outbox: z.optional(withMethods<Outbox>(['accept', 'claim', 'settle', 'close'], 'an outbox')),
  batch: z.prefault(
    z.strictObject({
      maxEvents: z._default(wholeNumber(1, contractLimits.maxBatchEvents), emitterDefaults.maxBatchEvents),
    }),
    {},
  ),
  retry: z.prefault(
    z.strictObject({
      delaysMs: z._default(delays(), () => [...emitterDefaults.delaysMs]),
      longDelaysMs: z.optional(delays()),
      maxRetryAfterMs: z._default(wholeNumber(0, dayMs), emitterDefaults.maxRetryAfterMs),
      retryAfterBudgetMs: z._default(wholeNumber(0, 7 * dayMs), emitterDefaults.retryAfterBudgetMs),
    }),
    {},
  ),
  timeoutMs: z._default(wholeNumber(1, 5 * minute), emitterDefaults.timeoutMs),
  maxConcurrentRequests: z._default(wholeNumber(1, 64), emitterDefaults.maxConcurrentRequests),
  logger: z.optional(withMethods<EmitterLogger>(['debug', 'info', 'warn', 'error'], 'a pino logger')),
  onAttempt: z.optional(callback<(report: AttemptReport) => void>()),
  onDead: z.optional(callback<(event: LostEvent) => void>()),
  completeness: z.prefault(
    falseOr(
      z.strictObject({
        heartbeatIntervalMs: z._default(wholeNumber(1000, hour), completenessLimits.heartbeatIntervalMs),
        reconcileIntervalMs: z._default(wholeNumber(1000, 7 * dayMs), completenessLimits.reconcileIntervalMs),
      }),
    ),
    {},
  ),
  onMissing: z.optional(callback<OnMissing>()),
  onReconciled: z.optional(callback<(report: ReconcileReport) => void>()),
  fetch: z.optional(callback<typeof globalThis.fetch>()),
  now: clock(),
} satisfies Record<keyof EmitterOptions, z.core.$ZodType>)

const transportOptionsSchema = z
  .extend(emitterOptionsSchema, {
    url: z.optional(urlOption()),
    adminKey: z.optional(adminKeyOption()),
    transport: withMethods<EventTransport>(['send', 'close'], 'a transport such as jetStream()'),
  } satisfies Pick<Record<keyof TransportEmitterOptions, z.core.$ZodType>, 'url' | 'adminKey' | 'transport'>)
  .check(
    z.refine(({ url, adminKey }) => (url === undefined) === (adminKey === undefined), {
      ...evenWhenOthersFail,
      error: 'url and adminKey belong together, give both or neither',
    }),
  )
