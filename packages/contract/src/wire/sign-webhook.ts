import { hmacSha256 } from '#hmac'
import type { SigningKey } from './signing-key.ts'

export interface SignedMessage {
  /** The value of `webhook-id`. */
  id: string
  /** Seconds since 1970, as `webhook-timestamp` carries them. */
  timestamp: string
  /** The body exactly as it travels. */
  body: string | Uint8Array
}

/**
 * The value of `webhook-signature` for a message: one `v1,<base64>` for each key, separated by spaces.
 * Several keys are for rotation: sign with the old and the new until every receiver has the new one.
 *
 * @see https://www.standardwebhooks.com (Standard Webhooks, "Signature scheme")
 */
export const signWebhook = (message: SignedMessage, keys: SigningKey | readonly SigningKey[]): string =>
  (Array.isArray(keys) ? keys : [keys])
    .map((key) => `v1,${btoa(String.fromCharCode(...digest(message, key)))}`)
    .join(' ')

export const digest = ({ id, timestamp, body }: SignedMessage, { key }: SigningKey): Uint8Array =>
  hmacSha256(key, [`${id}.${timestamp}.`, body])

/** The value of `webhook-timestamp` for a moment in milliseconds since 1970. */
export const toWebhookTimestamp = (ms: number): string => String(Math.floor(ms / 1000))
