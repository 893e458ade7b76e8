import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** A secret that was read once. Printing it shows nothing of it. */
export type HmacKey = KeyObject

/** Several times faster than passing the secret's bytes each time. */
export const createHmacKey = (bytes: Uint8Array): HmacKey => createSecretKey(bytes)

/** HMAC-SHA256 over the parts, one after the other. */
export const hmacSha256 = (key: HmacKey, parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}
