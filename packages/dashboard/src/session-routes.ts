import { createHmac } from 'node:crypto'
import {
  createKeyCheck,
  errorBody,
  type ResponseCode,
  responses,
  wrongKeyLimitOf,
} from '@altcontext/webhook-contract'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  createSessions,
  createSignOutsInMemory,
  deriveCookieSecret,
  type SignOuts,
} from './create-sessions.ts'
import type { ResolvedDashboardOptions } from './dashboard-options.ts'

const cookieName = 'altcontext-dashboard'

/** What the page is told about who is looking at it. */
export interface SessionResponse {
  ok: true
  signedIn: boolean
  /** `host`: the host decides, and the page shows no form. */
  signInWith: 'admin-key' | 'host'
  /** When the session ends; null without one, and when the host decides. */
  expiresAt: string | null
  /** The server's UTC day; ranges such as "the last 30 days" end with it. */
  today: string
}

/** Who may see the numbers: the holder of an admin key, or whoever the host lets in. */
export interface Viewer {
  /** The key for the metrics routes. Each customer of a host has its own. */
  adminKey: string | undefined
}

/** Answers who looks, or `undefined` for somebody who may not. */
export type Guard = (request: FastifyRequest) => Promise<Viewer | undefined>

/** `GET`, `POST` and `DELETE api/session`, and the guard of the routes that give data. */
export const sessionRoutes = (app: FastifyInstance, options: ResolvedDashboardOptions): Guard => {
  const { adminKeys, authorize, now, signInsPerMinute } = options
  const signOuts = answeringFailures(options.signOuts ?? createSignOutsInMemory(now))
  // Each key signs its own sessions, which is how the key that somebody signed in with is recognised.
  const doors = adminKeys.map((adminKey) => ({
    adminKey,
    isKey: createKeyCheck([adminKey]),
    sessions: createSessions({
      ...options,
      signOuts,
      readSecrets: async () => [await cookieSecretFor(adminKey, options)],
    }),
  }))
  const wrongKeys = wrongKeyLimitOf(app.server, { now })
  const tokenOf = (request: FastifyRequest) => parseCookie(request.headers.cookie ?? '')[cookieName]
  const sessionOf = async (request: FastifyRequest) => {
    for (const { adminKey, sessions } of doors) {
      const expiresAt = await sessions.expiryOf(tokenOf(request))
      if (expiresAt !== undefined) return { adminKey, expiresAt }
    }
    return undefined
  }

  const guard: Guard = async (request) => {
    if (!authorize) return sessionOf(request)
    return (await authorize(request)) === true ? { adminKey: adminKeys[0] } : undefined
  }

  const describe = (signedIn: boolean, expiresAt: number | undefined): SessionResponse => ({
    ok: true,
    signedIn,
    signInWith: authorize ? 'host' : 'admin-key',
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    today: new Date(now()).toISOString().slice(0, 10),
  })

  app.get('/session', { config: { rateLimit: false } }, async (request) =>
    describe(
      (await guard(request)) !== undefined,
      authorize ? undefined : (await sessionOf(request))?.expiresAt,
    ),
  )
  if (authorize) return guard

  const signInLimit = {
    rateLimit: { max: signInsPerMinute, timeWindow: '1 minute', keyGenerator: options.clientAddress },
  }
  app.post('/session', { bodyLimit: 4096, config: signInLimit }, async (request, reply) => {
    if (adminKeys.length === 0) return refuse(reply, 'admin_auth_not_configured')
    const presented = presentedKey(request.body)
    // All of them are compared, so that the time says nothing of which it was.
    const [door] = doors.filter(({ isKey }) => isKey(presented))
    if (door === undefined) {
      const verdict = wrongKeys.take(options.clientAddress(request))
      if (verdict.isAllowed) return refuse(reply, 'unauthorized')
      reply.header('retry-after', Math.ceil(verdict.retryAfterMs / 1000))
      return refuse(reply, 'rate_limited')
    }
    const { token, expiresAt } = await door.sessions.open()
    setCookie(request, reply, token, Math.floor(options.sessionMs / 1000))
    return describe(true, expiresAt)
  })
  app.delete('/session', { config: { rateLimit: false } }, async (request, reply) => {
    await Promise.all(doors.map(({ sessions }) => sessions.close(tokenOf(request))))
    setCookie(request, reply, '', 0)
    return describe(false, undefined)
  })
  return guard
}

/** Answered with 503: whoever may have signed out is not let in. */
export class SignOutsUnknown extends Error {}

const answeringFailures = (signOuts: SignOuts): SignOuts => {
  const refuse = (cause: unknown): never => {
    throw new SignOutsUnknown('Failed to ask which sessions were signed out of.', { cause })
  }
  return {
    add: (id, expiresAt) => signOuts.add(id, expiresAt).catch(refuse),
    has: (id) => signOuts.has(id).catch(refuse),
  }
}

const cookieSecretFor = async (
  adminKey: string,
  { cookieSecret }: ResolvedDashboardOptions,
): Promise<string | Buffer> =>
  cookieSecret === undefined
    ? deriveCookieSecret(adminKey)
    : createHmac('sha256', cookieSecret).update(adminKey).digest()

const presentedKey = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'adminKey' in body ? body.adminKey : undefined

export const refuse = (reply: FastifyReply, code: ResponseCode) =>
  reply.code(responses[code].status).send(errorBody(code))

/**
 * Without a `Path` the browser takes the folder of the address that it sees, `<prefix>/api`: right under any
 * prefix and behind a proxy that strips a path, and never sent to the rest of the host.
 */
const setCookie = (request: FastifyRequest, reply: FastifyReply, value: string, maxAge: number) => {
  // A proxy may end TLS without saying so to Fastify; the browser says it in `Origin`.
  const secure = request.protocol === 'https' || request.headers.origin?.startsWith('https:') === true
  const cookie = { name: cookieName, value, maxAge, httpOnly: true, sameSite: 'strict', secure } as const
  return reply.header('set-cookie', stringifySetCookie(cookie))
}
