import type { AnyContract } from '@altcontext/webhook-contract'
import { callback, contractOption, text, wholeNumber } from '@altcontext/webhook-contract/options'
import { z } from 'zod'
import { checkOptions, httpAddress, signingSecretText } from '../check-options.ts'
import { type EventFixture, newEvent, newTenantOf } from '../fixtures.ts'
import { createWebhookClient, type WebhookClient } from './webhook-client.ts'

/** A receiver, in any language, behind its URL. */
export interface ReceiverTargetOptions {
  /** The plain route, or the server's origin, to which the contract's default path is added. */
  url: string
  adminKey: string
  /** With it every request is signed, and forged ones must be refused. @default none */
  signingSecret?: string | undefined
  /** @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /** Reads what is stored for an event, so that privacy can be checked. @default those checks are left out */
  readStored?: ((eventId: string) => Promise<unknown>) | undefined
  /** Requests a minute. Set it to have the limit checked, which uses it up. @default that check is left out */
  rateLimit?: number | undefined
  /** Whether it compares, so that losses are found (docs/completeness.md). @default false: those checks are left out */
  completeness?: boolean | undefined
}

export interface ReceiverTarget {
  options: ReceiverTargetOptions
  contract: AnyContract
  client: WebhookClient
  /** Without the signature, whatever is configured. */
  unsignedClient: WebhookClient
  /** A tenant that no earlier run has used. */
  newTenant(): string
  /** An event that nobody has sent before. */
  newEvent(changes?: Partial<EventFixture>): EventFixture
}

const receiverTargetSchema = z.strictObject({
  url: httpAddress(),
  adminKey: text(),
  signingSecret: signingSecretText(),
  contract: contractOption(),
  readStored: z.optional(callback<(eventId: string) => Promise<unknown>>()),
  rateLimit: z.optional(wholeNumber(1)),
  completeness: z._default(z.boolean(), false),
} satisfies Record<keyof ReceiverTargetOptions, z.core.$ZodType>)

/** @throws {ContractTestsError} `invalid_options`. */
export const createReceiverTarget = (given: ReceiverTargetOptions): ReceiverTarget => {
  const options = checkOptions(receiverTargetSchema, given, 'the target of the checks')
  const { contract } = options
  const url = new URL(options.url)
  if (url.pathname === '/') url.pathname = `/v1/webhooks/${contract.name}`
  const settings = { url: url.href, adminKey: options.adminKey }
  return {
    options,
    contract,
    client: createWebhookClient({ ...settings, signingSecret: options.signingSecret }),
    unsignedClient: createWebhookClient(settings),
    newTenant: () => newTenantOf(contract),
    newEvent: (changes) => newEvent(contract, changes),
  }
}
