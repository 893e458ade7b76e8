/** What `api/session` answers. */
interface SessionAnswer {
  signedIn: boolean
  signInWith: 'admin-key' | 'host'
  expiresAt: string | null
  /** The view of the link by which somebody looks who has not signed in. */
  sharedView: string | null
  canShare: boolean
  today: string
}

type SignInProblem = 'wrong' | 'tooMany' | 'notConfigured' | 'failed'
type Notice = 'expired' | 'signedOut' | 'linkOver'

interface SessionState {
  /** Undefined until the server has answered. */
  answer: SessionAnswer | undefined
  unreachable: boolean
  notice: Notice | undefined
}

const address = 'api/session'
const linkMark = '#shared='
const state = $state<SessionState>({ answer: undefined, unreachable: false, notice: undefined })

/** Who is looking, as the server sees it. The key itself is in no variable that outlives the request. */
export const session = {
  get answer() {
    return state.answer
  },
  get unreachable() {
    return state.unreachable
  },
  /** Signed in, or by a link that is good. */
  get mayLook(): boolean {
    return state.answer !== undefined && (state.answer.signedIn || state.answer.sharedView !== null)
  },
  get notice() {
    return state.notice
  },
  get today(): string {
    return state.answer?.today ?? new Date().toISOString().slice(0, 10)
  },

  async load(): Promise<void> {
    try {
      const answer = await fetch(address)
      if (!answer.ok) throw new Error(`session: ${answer.status}`)
      const read = await withLink((await answer.json()) as SessionAnswer)
      if (state.answer?.signedIn && !read.signedIn) state.notice = 'expired'
      state.answer = read
      state.unreachable = false
    } catch {
      state.unreachable = true
    }
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
    state.answer = (await answer.json()) as SessionAnswer
    state.notice = undefined
    return undefined
  },

  /** Whether the server has ended the session. */
  async signOut(): Promise<boolean> {
    const answer = await fetch(address, { method: 'DELETE' }).catch(() => undefined)
    if (!answer?.ok) return false
    state.answer = (await answer.json()) as SessionAnswer
    state.notice = 'signedOut'
    return true
  },

  /** A report was refused because the session is over. */
  end(): void {
    if (!state.answer) return
    state.notice = state.answer.sharedView === null ? 'expired' : 'linkOver'
    state.answer = { ...state.answer, signedIn: false, sharedView: null, canShare: false, expiresAt: null }
  },
}

/** Opens the link that the address holds behind its `#`, which no server and no log sees. Who is signed in needs none. */
const withLink = async (answer: SessionAnswer): Promise<SessionAnswer> => {
  if (!location.hash.startsWith(linkMark)) return answer
  const token = location.hash.slice(linkMark.length)
  history.replaceState(null, '', `${location.pathname}${location.search}`)
  if (answer.signedIn || answer.signInWith === 'host') return answer
  const opened = await fetch('api/shared-session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  if (opened.ok) return opened.json()
  state.notice = 'linkOver'
  return answer
}
