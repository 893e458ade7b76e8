import { createHmac, timingSafeEqual } from 'node:crypto'

/** Texts with their own signature, so that no table has to know them: sessions, and links to share. */
export interface SignedTokens {
  /**
   * The content followed by its signature.
   *
   * @throws {RangeError} without a secret.
   */
  sign(content: string): Promise<string>
  /** The content of a token that is genuine. */
  read(token: string | undefined): Promise<string | undefined>
}

/**
 * @param readSecrets - Any number of secrets; the first signs, all are accepted. Without one no token is valid. Called once, when
 * the first token is made or read: a server to which nobody signs in does not wait for them at its start.
 */
export const createSignedTokens = (
  readSecrets: () => Promise<readonly (string | Buffer)[]>,
): SignedTokens => {
  let known: ReturnType<typeof readSecrets> | undefined
  const secrets = () => {
    known ??= readSecrets()
    return known
  }
  return {
    sign: async (content) => {
      const [secret] = await secrets()
      if (secret === undefined) throw new RangeError('Failed to sign a token: there is no secret.')
      return `${content}.${signature(content, secret)}`
    },
    read: async (token = '') => {
      const [, content = '', presented = ''] = /^([\w.-]{1,8192})\.([\w-]{43})$/.exec(token) ?? []
      const isGenuine = (await secrets()).some((secret) => equal(presented, signature(content, secret)))
      return isGenuine ? content : undefined
    },
  }
}

const signature = (content: string, secret: string | Buffer): string =>
  createHmac('sha256', secret).update(content).digest('base64url')

const equal = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
