import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** Sessions without a table: a token says when it ends and carries a signature over that. */
export interface Sessions {
  /** A new token and the moment it ends, in milliseconds since 1970. */
  open(): Promise<{ token: string; expiresAt: number }>
  /** When the token's session ends; `undefined` when it is forged, over or closed. */
  expiryOf(token: string | undefined): Promise<number | undefined>
  /** Ends the session, wherever its sign-out is known. */
  close(token: string | undefined): Promise<void>
}

/** Which sessions were signed out of. */
export interface SignOuts {
  /** @param expiresAt - in milliseconds since 1970: from then on it may be forgotten, because the session is over anyway. */
  add(sessionId: string, expiresAt: number): Promise<void>
  has(sessionId: string): Promise<boolean>
}

/** In this process, until it ends. */
export const createSignOutsInMemory = (now: () => number): SignOuts => {
  const closed = new Map<string, number>()
  return {
    add: async (sessionId, expiresAt) => {
      for (const [id, endsAt] of closed) if (endsAt <= now()) closed.delete(id)
      closed.set(sessionId, expiresAt)
    },
    has: async (sessionId) => closed.has(sessionId),
  }
}

interface SessionsOptions {
  /**
   * Any number of secrets; the first signs, all are accepted. Without one no token is valid. Called once, when the
   * first token is made or read: a server that nobody signs in to does not wait for them at its start.
   */
  readSecrets: () => Promise<readonly (string | Buffer)[]>
  signOuts: SignOuts
  sessionMs: number
  now: () => number
}

export const createSessions = ({ readSecrets, signOuts, sessionMs, now }: SessionsOptions): Sessions => {
  let known: ReturnType<SessionsOptions['readSecrets']> | undefined
  const secrets = () => {
    known ??= readSecrets()
    return known
  }

  const read = async (token: string | undefined) => {
    const [, id, expiry, signature] = /^([\w-]{22})\.(\d{1,16})\.([\w-]{43})$/.exec(token ?? '') ?? []
    if (id === undefined || expiry === undefined || signature === undefined) return undefined
    const content = `${id}.${expiry}`
    const genuine = (await secrets()).some((secret) => equal(signature, sign(content, secret)))
    const expiresAt = Number(expiry)
    return genuine && expiresAt > now() ? { id, expiresAt } : undefined
  }

  return {
    async open() {
      const [secret] = await secrets()
      if (secret === undefined) throw new RangeError('Failed to open a session: there is no secret.')
      const expiresAt = now() + sessionMs
      const content = `${randomBytes(16).toString('base64url')}.${expiresAt}`
      return { token: `${content}.${sign(content, secret)}`, expiresAt }
    },
    async expiryOf(token) {
      const session = await read(token)
      return session && !(await signOuts.has(session.id)) ? session.expiresAt : undefined
    },
    async close(token) {
      const session = await read(token)
      if (session) await signOuts.add(session.id, session.expiresAt)
    },
  }
}

/**
 * A signing secret that every process with the same admin key arrives at. Slow on purpose: who steals a
 * cookie must not be able to try keys against its signature.
 */
export const deriveCookieSecret = async (adminKey: string): Promise<Buffer> =>
  (await promisify(scrypt)(adminKey, 'altcontext webhook-dashboard session', 32)) as Buffer

const sign = (content: string, secret: string | Buffer) =>
  createHmac('sha256', secret).update(content).digest('base64url')

const equal = (left: string, right: string) => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
