import { createHmacKey, type HmacKey } from '#hmac'
import { ContractError } from '../contract-error.ts'

const prefix = 'whsec_'
const minBytes = 24
const maxBytes = 64

/** A signing secret that was read once. Printing it shows nothing of the secret. */
export interface SigningKey {
  readonly key: HmacKey
}

/** A new secret of 32 random bytes, in the form that Standard Webhooks names: `whsec_` and base64. */
export const createSigningSecret = (): string =>
  `${prefix}${toBase64(crypto.getRandomValues(new Uint8Array(32)))}`

/**
 * Reads a secret. Signing with the result is several times faster than reading the secret each time, so keep it.
 *
 * @throws {ContractError} `invalid_signing_secret` unless it is `whsec_` and base64 of 24 to 64 bytes.
 */
export const parseSigningSecret = (secret: string): SigningKey => {
  const base64 = secret.startsWith(prefix) ? secret.slice(prefix.length) : ''
  const bytes = fromBase64(base64)
  if (bytes === undefined || bytes.length < minBytes || bytes.length > maxBytes) {
    throw new ContractError(
      'invalid_signing_secret',
      `Failed to read a signing secret: expected "${prefix}" and ${minBytes} to ${maxBytes} bytes of base64. Create one with createSigningSecret().`,
    )
  }
  return Object.freeze({ key: createHmacKey(bytes) })
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** `undefined` for text that is not base64, to the last bit. */
const fromBase64 = (base64: string): Uint8Array | undefined => {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return toBase64(bytes).replace(/=+$/, '') === base64.replace(/=+$/, '') ? bytes : undefined
  } catch {
    return undefined
  }
}
