import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** A secret that was read once. Printing it shows nothing of it. */
export class HmacKey {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  start(): ReturnType<typeof hmac.create> {
    return hmac.create(sha256, this.#bytes)
  }
}

/** For platforms whose own HMAC (Web Crypto) is asynchronous. */
export const createHmacKey = (bytes: Uint8Array): HmacKey => new HmacKey(bytes)

const encoder = new TextEncoder()

/** HMAC-SHA256 over the parts, one after the other. */
export const hmacSha256 = (key: HmacKey, parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const digest = key.start()
  for (const part of parts) digest.update(typeof part === 'string' ? encoder.encode(part) : part)
  return digest.digest()
}
