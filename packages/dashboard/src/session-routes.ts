import { createKeyCheck, errorBody, type ResponseCode, responses } from '@altcontext/webhook-contract'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createSessions, deriveCookieSecret } from './create-sessions.ts'
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

/** Answers whether the request may see the numbers. */
export type Guard = (request: FastifyRequest) => Promise<boolean>

/** `GET`, `POST` and `DELETE api/session`, and the guard of the routes that give data. */
export const sessionRoutes = (app: FastifyInstance, options: ResolvedDashboardOptions): Guard => {
  const { adminKeys, authorize, now, signInsPerMinute } = options
  const sessions = createSessions({ ...options, readSecrets: () => readCookieSecrets(options) })
  const isAdminKey = createKeyCheck(adminKeys)
  const tokenOf = (request: FastifyRequest) => parseCookie(request.headers.cookie ?? '')[cookieName]
  const expiryOf = (request: FastifyRequest) => sessions.expiryOf(tokenOf(request))

  const guard: Guard = async (request) =>
    authorize ? (await authorize(request)) === true : (await expiryOf(request)) !== undefined

  const describe = (signedIn: boolean, expiresAt: number | undefined): SessionResponse => ({
    ok: true,
    signedIn,
    signInWith: authorize ? 'host' : 'admin-key',
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    today: new Date(now()).toISOString().slice(0, 10),
  })

  app.get('/session', { config: { rateLimit: false } }, async (request) =>
    describe(await guard(request), authorize ? undefined : await expiryOf(request)),
  )
  if (authorize) return guard

  const signInLimit = { rateLimit: { max: signInsPerMinute, timeWindow: '1 minute' } }
  app.post('/session', { bodyLimit: 4096, config: signInLimit }, async (request, reply) => {
    if (adminKeys.length === 0) return refuse(reply, 'admin_auth_not_configured')
    if (!isAdminKey(presentedKey(request.body))) return refuse(reply, 'unauthorized')
    const { token, expiresAt } = await sessions.open()
    setCookie(request, reply, token, Math.floor(options.sessionMs / 1000))
    return describe(true, expiresAt)
  })
  app.delete('/session', { config: { rateLimit: false } }, async (request, reply) => {
    await sessions.close(tokenOf(request))
    setCookie(request, reply, '', 0)
    return describe(false, undefined)
  })
  return guard
}

const readCookieSecrets = async ({ authorize, cookieSecret, adminKeys }: ResolvedDashboardOptions) => {
  if (authorize) return []
  return cookieSecret === undefined ? Promise.all(adminKeys.map(deriveCookieSecret)) : [cookieSecret]
}

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
