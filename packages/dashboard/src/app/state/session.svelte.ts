import type { SessionResponse } from '../../session-response.ts'

type SignInProblem = 'wrong' | 'tooMany' | 'notConfigured' | 'failed'
type Notice = 'expired' | 'signedOut' | LinkProblem
/** Why a link did not open; after the last two it may still open later, and stays in the address. */
type LinkProblem = 'linkOver' | 'linkTooMany' | 'linkFailed'

const address = 'api/session'
const linkMark = '#shared='
const timeoutMs = 20_000

/** Signing in or out makes earlier requests void: their responses are about a session that is over. */
let asked = 0

const mayLook = (response: SessionResponse | undefined): boolean =>
  response !== undefined && (response.signedIn || response.sharedView !== null)

/** Who is looking, as the server sees it. No variable keeps the key itself longer than the request. */
export const session = $state({
  /** Undefined until the server has responded. */
  response: undefined as SessionResponse | undefined,
  unreachable: false,
  notice: undefined as Notice | undefined,
  /** Whether the viewer is signed in, or has a valid link. */
  get mayLook(): boolean {
    return mayLook(session.response)
  },
  get today(): string {
    return session.response?.today ?? new Date().toISOString().slice(0, 10)
  },

  async load(): Promise<void> {
    asked += 1
    const own = asked
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) })
      if (!response.ok) throw new Error(`session: ${response.status}`)
      const { read, problem } = await withLink((await response.json()) as SessionResponse)
      if (own !== asked) return
      const before = session.response
      if (problem) session.notice = problem
      else if (mayLook(read)) session.notice = undefined
      else if (mayLook(before)) session.notice = before?.signedIn ? 'expired' : 'linkOver'
      session.response = read
      session.unreachable = false
    } catch {
      if (own === asked) session.unreachable = true
    }
  },

  /** The address may hold another link now. */
  openLink(): void {
    if (location.hash.startsWith(linkMark)) void session.load()
  },

  async signIn(adminKey: string): Promise<SignInProblem | undefined> {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ adminKey }),
    }).catch(() => undefined)
    if (response?.status === 401) return 'wrong'
    if (response?.status === 429) return 'tooMany'
    if (response?.status === 503) return 'notConfigured'
    if (!response?.ok) return 'failed'
    asked += 1
    session.response = (await response.json()) as SessionResponse
    session.notice = undefined
    return undefined
  },

  /** Resolves to whether the server has ended the session. */
  async signOut(): Promise<boolean> {
    const response = await fetch(address, { method: 'DELETE' }).catch(() => undefined)
    if (!response?.ok) return false
    asked += 1
    session.response = (await response.json()) as SessionResponse
    session.notice = 'signedOut'
    return true
  },

  /** A report was refused because the session is over. */
  end(): void {
    if (!session.response) return
    asked += 1
    session.notice = session.response.sharedView === null ? 'expired' : 'linkOver'
    session.response = {
      ...session.response,
      signedIn: false,
      sharedView: null,
      canShare: false,
      expiresAt: null,
    }
  },
})

/** Opens the link that the address holds after its `#`, which no server and no log sees. Somebody who is signed in needs none. */
const withLink = async (
  response: SessionResponse,
): Promise<{ read: SessionResponse; problem?: LinkProblem }> => {
  const { hash } = location
  if (!hash.startsWith(linkMark)) return { read: response }
  const leave = () => {
    if (location.hash === hash) history.replaceState(null, '', `${location.pathname}${location.search}`)
  }
  if (response.signedIn || response.signInWith === 'host') {
    leave()
    return { read: response }
  }
  const opened = await fetch('api/shared-session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.slice(linkMark.length) }),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => undefined)
  if (opened?.ok || opened?.status === 401) leave()
  if (opened?.ok) return { read: await opened.json() }
  if (opened?.status === 401) return { read: response, problem: 'linkOver' }
  return { read: response, problem: opened?.status === 429 ? 'linkTooMany' : 'linkFailed' }
}
