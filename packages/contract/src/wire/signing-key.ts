import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { ContractError } from '../contract-error.ts'

const prefix = 'whsec_'
const minBytes = 24
const maxBytes = 64

/** A signing secret that was read once. Printing it shows nothing of the secret. */
export interface SigningKey {
  readonly key: KeyObject
}

/** A new secret of 32 random bytes, in the form that Standard Webhooks names: `whsec_` and base64. */
export const createSigningSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`

/**
 * Reads a secret. The HMAC is several times faster on a `KeyObject` than on the secret's text, so do this
 * once and keep the result.
 *
 * @throws {ContractError} `invalid_signing_secret` unless it is `whsec_` and base64 of 24 to 64 bytes.
 */
export const parseSigningSecret = (secret: string): SigningKey => {
  const base64 = secret.startsWith(prefix) ? secret.slice(prefix.length) : ''
  const bytes = Buffer.from(base64, 'base64')
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
  if (!isWhole || bytes.length < minBytes || bytes.length > maxBytes) {
    throw new ContractError(
      'invalid_signing_secret',
      `Failed to read a signing secret: expected "${prefix}" and ${minBytes} to ${maxBytes} bytes of base64. Create one with createSigningSecret().`,
    )
  }
  return Object.freeze({ key: createSecretKey(bytes) })
}
