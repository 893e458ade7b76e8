import {
  CompactEncrypt,
  calculateJwkThumbprint,
  compactDecrypt,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'

/** A key as JSON (RFC 7517), on the curve P-256. */
export type SealingKey = JWK

const algorithm = 'ECDH-ES'
const encryption = 'A256GCM'

/**
 * Makes a pair: producers seal private fields with the public key, and only a holder of the private key can open them.
 *
 * @example
 * const { publicKey, privateKey } = await createSealingKeys()
 */
export const createSealingKeys = async (): Promise<{ publicKey: SealingKey; privateKey: SealingKey }> => {
  const pair = await generateKeyPair(algorithm, { crv: 'P-256', extractable: true })
  const publicKey = await exportJWK(pair.publicKey)
  const shared = { kid: await calculateJwkThumbprint(publicKey), alg: algorithm, use: 'enc' }
  return {
    publicKey: { ...publicKey, ...shared },
    privateKey: { ...(await exportJWK(pair.privateKey)), ...shared },
  }
}

/** Seals the private fields of one event. The event's id is sealed with them, so that they cannot be moved to another event. */
export type SealFields = (eventId: string, fields: Record<string, unknown>) => Promise<string>

export const createSealFields = (key: SealingKey): SealFields => {
  let imported: ReturnType<typeof importSealingKey> | undefined
  return async (eventId, fields) => {
    imported ??= importSealingKey(key)
    const { kid, cryptoKey } = await imported
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ eventId, fields })))
      .setProtectedHeader({ alg: algorithm, enc: encryption, kid })
      .encrypt(cryptoKey)
  }
}

/** Opens the header `webhook-sealed` of a message; `undefined` when none of the keys can, or when it belongs to another event. */
export type OpenFields = (eventId: string, sealed: string) => Promise<Record<string, unknown> | undefined>

export const createOpenFields = (keys: readonly SealingKey[]): OpenFields => {
  let imported: ReturnType<typeof importOpeningKeys> | undefined
  return async (eventId, sealed) => {
    try {
      imported ??= importOpeningKeys(keys)
      const known = await imported
      const { plaintext } = await compactDecrypt(sealed, ({ kid }) => {
        const key = known.get(kid ?? '')
        if (key === undefined) throw new Error('No key opens this.')
        return key
      })
      const opened = JSON.parse(new TextDecoder().decode(plaintext))
      return opened.eventId === eventId ? opened.fields : undefined
    } catch {
      return undefined
    }
  }
}

const importSealingKey = async (key: SealingKey) => ({
  kid: key.kid ?? (await calculateJwkThumbprint(key)),
  cryptoKey: await importJWK(key, algorithm),
})

const importOpeningKeys = async (keys: readonly SealingKey[]) =>
  new Map(
    await Promise.all(
      keys.map(async (key) => {
        const { kid, cryptoKey } = await importSealingKey(key)
        return [kid, cryptoKey] as const
      }),
    ),
  )

export const isPublicKey = (value: unknown): value is SealingKey => isKey(value) && !('d' in value)
export const isPrivateKey = (value: unknown): value is SealingKey => isKey(value) && 'd' in value

const isKey = (value: unknown): value is SealingKey & object =>
  typeof value === 'object' && value !== null && 'kty' in value && value.kty === 'EC' && 'x' in value
