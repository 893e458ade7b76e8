import type { AnyContract } from '@altcontext/webhook-contract'
import { clock, contractOption, text, wholeNumber, withMethods } from '@altcontext/webhook-contract/options'
import type { EmitterLogger } from '@altcontext/webhook-emitter'
import { type Database, databaseOption, type LeadScope, leadScopeProblem } from '@altcontext/webhook-store'
import * as z from 'zod/mini'
import { isPrivateKey, type SealingKey } from '../messages/sealing.ts'
import {
  nameOption,
  type ResolvedStreamOptions,
  resolveStreamOptions,
  type StreamOptions,
  streamNames,
  streamShape,
} from '../stream-options.ts'

export interface ConsumerOptions extends StreamOptions {
  /** Where the events go: `fromPg(pool)` or `fromPrisma(client)`. */
  database: Database
  /** The broker's name for all consumers that share the work. Each database needs a name of its own. @default 'receiver' */
  durable?: string | undefined
  /**
   * Whether producers get receipts for their events. An event is settled by the first receipt: `false` for a database that gets a copy,
   * so that no event is settled before the database that must have it has been written. @default true
   */
  receipts?: boolean | undefined
  /**
   * Which subjects it reads. If the broker has a durable consumer of that name with another filter, nothing is taken, and the log says so.
   *
   * @default that of the durable consumer; `<prefix>.>` when it is created
   */
  filter?: string | undefined
  /** @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** The host's customer to whom all events of this consumer belong. @default none */
  leadScope?: LeadScope | undefined
  /** The private keys of `createSealingKeys()`; two of them during a rotation. @default none: sealed events stay in their outbox */
  openingKeys?: readonly SealingKey[] | undefined
  /** Events in one statement, 1 to 500. @default 500 */
  maxBatchEvents?: number | undefined
  /**
   * After how long without an acknowledgement the broker gives a message to another consumer; used when the durable consumer is
   * created. 1000 to 600_000. @default 30_000
   */
  ackWaitMs?: number | undefined
  /** How long the database may leave a statement without a response. 100 to 60_000. @default 8_000 */
  writeTimeoutMs?: number | undefined
  /** A pino logger, or anything with the same four methods. @default failures go to stderr */
  logger?: EmitterLogger | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export type ResolvedConsumerOptions = z.output<typeof consumerSchema> & ResolvedStreamOptions

export const consumerDefaults = Object.freeze({
  durable: 'receiver',
  maxBatchEvents: 500,
  ackWaitMs: 30_000,
  writeTimeoutMs: 8000,
})

/** @throws {StreamError} `invalid_options`, naming every problem at once */
export const resolveConsumerOptions = (options: ConsumerOptions): ResolvedConsumerOptions => {
  const resolved = resolveStreamOptions(consumerSchema, options, 'create a consumer')
  return Object.freeze({ ...resolved, ...streamNames(resolved) })
}

const consumerSchema = z.strictObject({
  ...streamShape,
  database: databaseOption(),
  durable: z._default(nameOption(), consumerDefaults.durable),
  receipts: z._default(z.boolean('is not true or false'), true),
  filter: z.optional(text()),
  contract: contractOption(),
  schema: z.optional(text()),
  leadScope: z.optional(
    z.custom<LeadScope>(
      (value) => leadScopeProblem(value) === undefined,
      "is not a customer, expected { tenantId } with the customer's UUID in the host's tables",
    ),
  ),
  openingKeys: z._default(
    z.array(z.custom<SealingKey>(isPrivateKey, 'is not a private key, expected that of createSealingKeys()')),
    () => [],
  ),
  maxBatchEvents: z._default(wholeNumber(1, 500), consumerDefaults.maxBatchEvents),
  ackWaitMs: z._default(wholeNumber(1000, 600_000), consumerDefaults.ackWaitMs),
  writeTimeoutMs: z._default(wholeNumber(100, 60_000), consumerDefaults.writeTimeoutMs),
  logger: z.optional(withMethods<EmitterLogger>(['debug', 'info', 'warn', 'error'], 'a pino logger')),
  now: clock(),
} satisfies Record<keyof ConsumerOptions, z.core.$ZodType>)
