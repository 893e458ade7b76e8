/** The response of `api/session`. */
interface SessionAnswer {
  signedIn: boolean
  signInWith: 'admin-key' | 'host'
  expiresAt: string | null
  /** The view of the shared link through which somebody looks without having signed in. */
  sharedView: string | null
  canShare: boolean
  today: string
}

type SignInProblem = 'wrong' | 'tooMany' | 'notConfigured' | 'failed'
type Notice = 'expired' | 'signedOut' | LinkProblem
/** Why a link did not open; after the last two it may still open later, and stays in the address. */
type LinkProblem = 'linkOver' | 'linkTooMany' | 'linkFailed'

interface SessionState {
  /** Undefined until the server has responded. */
  answer: SessionAnswer | undefined
  unreachable: boolean
  notice: Notice | undefined
}

const address = 'api/session'
const linkMark = '#shared='
const timeoutMs = 20_000
const state = $state<SessionState>({ answer: undefined, unreachable: false, notice: undefined })

/** Signing in or out makes earlier requests void: their responses are about a session that is over. */
let asked = 0

const mayLook = (answer: SessionAnswer | undefined): boolean =>
  answer !== undefined && (answer.signedIn || answer.sharedView !== null)

/** Who is looking, as the server sees it. No variable keeps the key itself longer than the request. */
export const session = {
  get answer() {
    return state.answer
  },
  get unreachable() {
    return state.unreachable
  },
  /** Whether the viewer is signed in, or has a valid link. */
  get mayLook(): boolean {
    return mayLook(state.answer)
  },
  get notice() {
    return state.notice
  },
  get today(): string {
    return state.answer?.today ?? new Date().toISOString().slice(0, 10)
  },

  async load(): Promise<void> {
    asked += 1
    const own = asked
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) })
      if (!answer.ok) throw new Error(`session: ${answer.status}`)
      const { read, problem } = await withLink((await answer.json()) as SessionAnswer)
      if (own !== asked) return
      const before = state.answer
      if (problem) state.notice = problem
      else if (mayLook(read)) state.notice = undefined
      else if (mayLook(before)) state.notice = before?.signedIn ? 'expired' : 'linkOver'
      state.answer = read
      state.unreachable = false
    } catch {
      if (own === asked) state.unreachable = true
    }
  },

  /** The address may hold another link now. */
  openLink(): void {
    if (location.hash.startsWith(linkMark)) void session.load()
  },

  async signIn(adminKey: string): Promise<SignInProblem | undefined> {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ adminKey }),
    }).catch(() => undefined)
    if (answer?.status === 401) return 'wrong'
    if (answer?.status === 429) return 'tooMany'
    if (answer?.status === 503) return 'notConfigured'
    if (!answer?.ok) return 'failed'
    asked += 1
    state.answer = (await answer.json()) as SessionAnswer
    state.notice = undefined
    return undefined
  },

  /** Resolves to whether the server has ended the session. */
  async signOut(): Promise<boolean> {
    const answer = await fetch(address, { method: 'DELETE' }).catch(() => undefined)
    if (!answer?.ok) return false
    asked += 1
    state.answer = (await answer.json()) as SessionAnswer
    state.notice = 'signedOut'
    return true
  },

  /** A report was refused because the session is over. */
  end(): void {
    if (!state.answer) return
    asked += 1
    state.notice = state.answer.sharedView === null ? 'expired' : 'linkOver'
    state.answer = { ...state.answer, signedIn: false, sharedView: null, canShare: false, expiresAt: null }
  },
}

/** Opens the link that the address holds after its `#`, which no server and no log sees. Somebody who is signed in needs none. */
const withLink = async (answer: SessionAnswer): Promise<{ read: SessionAnswer; problem?: LinkProblem }> => {
  const { hash } = location
  if (!hash.startsWith(linkMark)) return { read: answer }
  const leave = () => {
    if (location.hash === hash) history.replaceState(null, '', `${location.pathname}${location.search}`)
  }
  if (answer.signedIn || answer.signInWith === 'host') {
    leave()
    return { read: answer }
  }
  const opened = await fetch('api/shared-session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.slice(linkMark.length) }),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => undefined)
  if (opened?.ok || opened?.status === 401) leave()
  if (opened?.ok) return { read: await opened.json() }
  if (opened?.status === 401) return { read: answer, problem: 'linkOver' }
  return { read: answer, problem: opened?.status === 429 ? 'linkTooMany' : 'linkFailed' }
}
