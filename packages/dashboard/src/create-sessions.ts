import { randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { SignedTokens } from './signed-tokens.ts'

/** Sessions without a table: a token says when it ends and carries a signature over that. */
export interface Sessions {
  /** A new token and the moment it ends, in milliseconds since 1970. */
  open(): Promise<{ token: string; expiresAt: number }>
  /** When the token's session ends; `undefined` when it is forged, expired or closed. */
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
  tokens: SignedTokens
  signOuts: SignOuts
  sessionMs: number
  now: () => number
}

export const createSessions = ({ tokens, signOuts, sessionMs, now }: SessionsOptions): Sessions => {
  const read = async (token: string | undefined) => {
    const [, id, expiry] = /^([\w-]{22})\.(\d{1,16})$/.exec((await tokens.read(token)) ?? '') ?? []
    if (id === undefined || expiry === undefined) return undefined
    const expiresAt = Number(expiry)
    return expiresAt > now() ? { id, expiresAt } : undefined
  }

  return {
    async open() {
      const expiresAt = now() + sessionMs
      const token = await tokens.sign(`${randomBytes(16).toString('base64url')}.${expiresAt}`)
      return { token, expiresAt }
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
 * A signing secret that every process with the same admin key computes. Slow on purpose: somebody who steals a
 * cookie must not be able to try keys against its signature.
 */
export const deriveCookieSecret = async (adminKey: string): Promise<Buffer> =>
  (await promisify(scrypt)(adminKey, 'altcontext webhook-dashboard session', 32)) as Buffer
