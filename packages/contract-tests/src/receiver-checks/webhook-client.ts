import { randomUUID } from 'node:crypto'
import {
  parseSigningSecret,
  signWebhook,
  toWebhookTimestamp,
  webhookHeaders,
} from '@altcontext/webhook-contract'
import { text, wholeNumber } from '@altcontext/webhook-contract/options'
import ky from 'ky'
import { z } from 'zod'
import { checkOptions, httpAddress, signingSecretText } from '../check-options.ts'

export interface WebhookResponse {
  status: number
  headers: Headers
  /** Parsed if it is JSON, else the text. */
  body: unknown
  text: string
}

export interface WebhookClientOptions {
  /** The plain route. */
  url: string
  adminKey: string
  signingSecret?: string | undefined
  /** @default 10_000 */
  timeoutMs?: number | undefined
}

export interface PostOptions {
  /** `webhook-id`. @default none; a signed request gets a random one */
  id?: string | undefined
  /** `x-admin-key`; null leaves it out. @default the client's */
  adminKey?: string | null | undefined
  /** Sends `<url>/batch`. @default false */
  isBatch?: boolean | undefined
  /** Sends `<url>/reconcile` or `<url>/heartbeat`. @default none */
  route?: 'reconcile' | 'heartbeat' | undefined
  /** Added last; null removes a header. */
  headers?: Record<string, string | null> | undefined
}

export interface WebhookClient {
  /** Posts JSON, or text as it is. Redirects are not followed. */
  post(body: unknown, options?: PostOptions): Promise<WebhookResponse>
}

/** Headers of a signed request, for tests of receivers: any of them can be replaced before it is sent. */
export const signedHeaders = ({
  id,
  body,
  signingSecret,
  nowMs = Date.now(),
}: {
  id: string
  body: string
  signingSecret: string | readonly string[]
  nowMs?: number
}): Record<string, string> => {
  const timestamp = toWebhookTimestamp(nowMs)
  const keys = [signingSecret].flat().map(parseSigningSecret)
  return {
    [webhookHeaders.id]: id,
    [webhookHeaders.timestamp]: timestamp,
    [webhookHeaders.signature]: signWebhook({ id, timestamp, body }, keys),
  }
}

const webhookClientSchema = z.strictObject({
  url: httpAddress(),
  adminKey: text(),
  signingSecret: signingSecretText(),
  timeoutMs: z._default(wholeNumber(1), 10_000),
} satisfies Record<keyof WebhookClientOptions, z.core.$ZodType>)

/** @throws {ContractTestsError} `invalid_options`. */
export const createWebhookClient = (given: WebhookClientOptions): WebhookClient => {
  const options = checkOptions(webhookClientSchema, given, 'the client of a receiver')
  return {
    async post(
      value,
      { id, adminKey = options.adminKey, isBatch = false, route, headers: changes = {} } = {},
    ) {
      const body = typeof value === 'string' ? value : JSON.stringify(value)
      const { signingSecret } = options
      const headers = new Headers({ 'content-type': 'application/json' })
      if (adminKey !== null) headers.set(webhookHeaders.adminKey, adminKey)
      if (id !== undefined) headers.set(webhookHeaders.id, id)
      if (signingSecret !== undefined) {
        const signed = signedHeaders({ id: id ?? `unsaid_${randomUUID()}`, body, signingSecret })
        for (const [name, text] of Object.entries(signed)) headers.set(name, text)
      }
      for (const [name, text] of Object.entries(changes)) {
        if (text === null) headers.delete(name)
        else headers.set(name, text)
      }
      const below = isBatch ? 'batch' : route
      const url = below === undefined ? options.url : `${options.url.replace(/\/$/, '')}/${below}`
      const signal = AbortSignal.timeout(options.timeoutMs)
      const response = await ky.post(url, {
        ...{ body, headers, signal, redirect: 'manual' },
        // A check judges one response to one request, whatever its status.
        ...{ retry: 0, timeout: false, throwHttpErrors: false },
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: parse(text), text }
    },
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
