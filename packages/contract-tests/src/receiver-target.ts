import { randomUUID } from 'node:crypto'
import { type AnyContract, descriptionServiceContract } from '@altcontext/webhook-contract'
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
  /** Reads what is stored of an event, so that privacy can be checked. @default those checks are left out */
  readStored?: ((eventId: string) => Promise<unknown>) | undefined
  /** Requests a minute. Set it to have the limit checked, which uses it up. @default that check is left out */
  rateLimit?: number | undefined
}

export interface ReceiverTarget {
  options: ReceiverTargetOptions
  contract: AnyContract
  client: WebhookClient
  /** Without the signature, whatever is configured. */
  unsignedClient: WebhookClient
  /** A tenant that no earlier run has used. */
  newTenant(): string
}

export const createReceiverTarget = (options: ReceiverTargetOptions): ReceiverTarget => {
  const contract = options.contract ?? descriptionServiceContract
  const given = new URL(options.url)
  if (given.pathname === '/') given.pathname = `/v1/webhooks/${contract.name}`
  const settings = { url: given.href, adminKey: options.adminKey }
  return {
    options,
    contract,
    client: createWebhookClient({ ...settings, signingSecret: options.signingSecret }),
    unsignedClient: createWebhookClient(settings),
    newTenant: () => `contract-tests-${randomUUID()}`,
  }
}
