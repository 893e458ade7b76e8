import { timingSafeEqual } from 'node:crypto'
import { contractLimits } from '../contract-limits.ts'
import { digest } from './sign-webhook.ts'
import type { SigningKey } from './signing-key.ts'

/** Why a signature was not accepted. */
export type SignatureProblem =
  | 'missing_headers'
  | 'invalid_timestamp'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'no_matching_signature'

export interface ReceivedMessage {
  /** `webhook-id` */
  id: string | undefined
  /** `webhook-timestamp`: seconds since 1970 */
  timestamp: string | undefined
  /** `webhook-signature`: may list several, separated by spaces; versions other than `v1` are ignored */
  signature: string | undefined
  /** The body as it arrived, before any parsing. */
  body: string | Uint8Array
}

export interface VerifyWebhookOptions {
  /** The clock, in milliseconds since 1970. */
  nowMs: number
  /** How far the timestamp may lie from the clock, in either direction. @default 300_000 (five minutes) */
  toleranceMs?: number | undefined
}

/**
 * Checks a message against any of the keys (several are for rotation), in constant time.
 *
 * @see https://www.standardwebhooks.com (Standard Webhooks, "Verifying webhook authenticity")
 */
export const verifyWebhook = (
  { id, timestamp, signature, body }: ReceivedMessage,
  keys: readonly SigningKey[],
  { nowMs, toleranceMs = contractLimits.signatureToleranceMs }: VerifyWebhookOptions,
): { ok: true } | { ok: false; reason: SignatureProblem } => {
  if (!id || !timestamp || !signature) return { ok: false, reason: 'missing_headers' }
  if (!/^\d{1,12}$/.test(timestamp)) return { ok: false, reason: 'invalid_timestamp' }
  const ageMs = nowMs - Number(timestamp) * 1000
  if (ageMs > toleranceMs) return { ok: false, reason: 'timestamp_too_old' }
  if (ageMs < -toleranceMs) return { ok: false, reason: 'timestamp_too_new' }

  const presented = signature
    .split(' ', maxSignaturesRead)
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice('v1,'.length), 'base64'))
  const isGenuine = keys.some((key) => {
    const expected = digest({ id, timestamp, body }, key)
    return presented.some((bytes) => bytes.length === expected.length && timingSafeEqual(bytes, expected))
  })
  return isGenuine ? { ok: true } : { ok: false, reason: 'no_matching_signature' }
}

// A rotation has two or three signatures; a header with thousands is an attempt to keep the processor busy.
const maxSignaturesRead = 16
