import { createHmac } from 'node:crypto'
import {
  createKeyCheck,
  isViewQuery,
  refuse,
  refuseWrongKey,
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
import type { SessionResponse } from './session-response.ts'
import { createSharedViews, longestShareDays, type SharedView } from './shared-views.ts'
import { createSignedTokens } from './signed-tokens.ts'

const cookieName = 'altcontext-dashboard'
/** For a shared link: somebody who also signs in keeps both. */
const sharedCookieName = 'altcontext-dashboard-shared'

/** Who may see the numbers: the holder of an admin key, or anybody whom the host lets in. */
export interface Viewer {
  /** The key for the metrics routes. Each customer of a host has its own. */
  adminKey: string | undefined
  /** Set with a shared link: only the numbers may be read. */
  shared?: SharedView
}

/** Returns who is looking, or `undefined` for somebody who may not. */
export type Guard = (request: FastifyRequest) => Promise<Viewer | undefined>

/** `GET`, `POST` and `DELETE api/session`, links to share, and the guard of the routes that give data. */
export const sessionRoutes = (app: FastifyInstance, options: ResolvedDashboardOptions): Guard => {
  const { adminKeys, authorize, now, signInsPerMinute } = options
  const signOuts = namingFailures(options.signOuts ?? createSignOutsInMemory(now))
  // Each key signs its own sessions, which is how the key that somebody signed in with is recognised.
  const doors = adminKeys.map((adminKey) => {
    const tokens = createSignedTokens(async () => [await cookieSecretFor(adminKey, options)])
    return {
      adminKey,
      isKey: createKeyCheck([adminKey]),
      sessions: createSessions({ ...options, signOuts, tokens }),
      sharedViews: createSharedViews(tokens, now),
    }
  })
  const wrongKeys = wrongKeyLimitOf(app.server, { now })
  const cookieOf = (request: FastifyRequest, name: string) => parseCookie(request.headers.cookie ?? '')[name]
  const tokenOf = (request: FastifyRequest) => cookieOf(request, cookieName)
  const sessionOf = async (request: FastifyRequest) => {
    for (const { adminKey, sessions } of doors) {
      const expiresAt = await sessions.expiryOf(tokenOf(request))
      if (expiresAt !== undefined) return { adminKey, expiresAt }
    }
    return undefined
  }
  const sharedViewOf = async (token: string | undefined) => {
    for (const { adminKey, sharedViews } of doors) {
      const shared = await sharedViews.read(token)
      if (shared !== undefined) return { adminKey, shared, expiresAt: shared.expiresAt }
    }
    return undefined
  }

  const guard: Guard = async (request) => {
    if (!authorize) {
      return (await sessionOf(request)) ?? sharedViewOf(cookieOf(request, sharedCookieName))
    }
    return (await authorize(request)) === true ? { adminKey: adminKeys[0] } : undefined
  }

  const describe = (viewer: (Viewer & { expiresAt?: number }) | undefined): SessionResponse => ({
    ok: true,
    signedIn: viewer !== undefined && viewer.shared === undefined,
    signInWith: authorize ? 'host' : 'admin-key',
    expiresAt: viewer?.expiresAt === undefined ? null : new Date(viewer.expiresAt).toISOString(),
    sharedView: viewer?.shared?.view ?? null,
    canShare: !authorize && viewer !== undefined && viewer.shared === undefined,
    today: new Date(now()).toISOString().slice(0, 10),
  })

  /** Counted with the wrong keys of the whole server. */
  const refuseWrong = (request: FastifyRequest, reply: FastifyReply) =>
    refuseWrongKey(reply, wrongKeys.take(options.clientAddress(request)))

  app.get('/session', { config: { rateLimit: false } }, async (request) => describe(await guard(request)))
  if (authorize) return guard

  const signInLimit = {
    rateLimit: { max: signInsPerMinute, timeWindow: '1 minute', keyGenerator: options.clientAddress },
  }
  app.post('/session', { bodyLimit: 4096, config: signInLimit }, async (request, reply) => {
    if (adminKeys.length === 0) return refuse(reply, 'admin_auth_not_configured')
    const presented = presentedKey(request.body)
    // All of them are compared, so that the time does not tell which one it was.
    const [door] = doors.filter(({ isKey }) => isKey(presented))
    if (door === undefined) return refuseWrong(request, reply)
    const { token, expiresAt } = await door.sessions.open()
    setCookie(request, reply, {
      name: cookieName,
      value: token,
      maxAge: Math.floor(options.sessionMs / 1000),
    })
    return describe({ adminKey: door.adminKey, expiresAt })
  })
  app.delete('/session', { config: { rateLimit: false } }, async (request, reply) => {
    await Promise.all(doors.map(({ sessions }) => sessions.close(tokenOf(request))))
    clearCookie(request, reply, cookieName)
    if (cookieOf(request, sharedCookieName) !== undefined) clearCookie(request, reply, sharedCookieName)
    return describe(undefined)
  })

  app.post('/shared-views', { bodyLimit: 8192, config: { rateLimit: false } }, async (request, reply) => {
    const session = await sessionOf(request)
    const door = doors.find(({ adminKey }) => adminKey === session?.adminKey)
    if (door === undefined) return refuse(reply, 'unauthorized')
    const { view, days } = (request.body ?? {}) as { view?: unknown; days?: unknown }
    if (!isViewQuery(view) || !isDays(days)) return refuse(reply, 'invalid_request')
    const { token, expiresAt } = await door.sharedViews.share(view, days)
    return { ok: true, token, expiresAt: new Date(expiresAt).toISOString() }
  })
  // A whole office may be behind one address: a valid link is not counted.
  app.post('/shared-session', { bodyLimit: 8192, config: { rateLimit: false } }, async (request, reply) => {
    const { token } = (request.body ?? {}) as { token?: unknown }
    const viewer = await sharedViewOf(typeof token === 'string' ? token : undefined)
    if (viewer === undefined) return refuseWrong(request, reply)
    const maxAge = Math.ceil((viewer.expiresAt - now()) / 1000)
    setCookie(request, reply, { name: sharedCookieName, value: String(token), maxAge })
    return describe(viewer)
  })
  return guard
}

/** Gets 503: somebody who may have signed out is not let in. */
export class SignOutsUnknown extends Error {}

const namingFailures = (signOuts: SignOuts): SignOuts => {
  const refuse = (cause: unknown): never => {
    throw new SignOutsUnknown('Failed to check whether the session was signed out.', { cause })
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

const isDays = (days: unknown): days is number =>
  Number.isSafeInteger(days) && (days as number) >= 1 && (days as number) <= longestShareDays

const presentedKey = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'adminKey' in body ? body.adminKey : undefined

/**
 * Without a `Path` the browser takes the folder of the address that it sees, `<prefix>/api`: right under any
 * prefix and behind a proxy that strips a path, and never sent to the rest of the host.
 */
const setCookie = (
  request: FastifyRequest,
  reply: FastifyReply,
  { name, value, maxAge }: { name: string; value: string; maxAge: number },
) => {
  // A proxy may end TLS without saying so to Fastify; the browser says it in `Origin`.
  const secure = request.protocol === 'https' || request.headers.origin?.startsWith('https:') === true
  const cookie = { name, value, maxAge, httpOnly: true, sameSite: 'strict', secure } as const
  return reply.header('set-cookie', stringifySetCookie(cookie))
}

const clearCookie = (request: FastifyRequest, reply: FastifyReply, name: string) =>
  setCookie(request, reply, { name, value: '', maxAge: 0 })
