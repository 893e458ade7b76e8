/** What `api/session` answers. */
interface SessionAnswer {
  signedIn: boolean
  signInWith: 'admin-key' | 'host'
  expiresAt: string | null
  today: string
}

type SignInProblem = 'wrong' | 'tooMany' | 'notConfigured' | 'failed'
type Notice = 'expired' | 'signedOut'

interface SessionState {
  /** Undefined until the server has answered. */
  answer: SessionAnswer | undefined
  unreachable: boolean
  notice: Notice | undefined
}

const address = 'api/session'
const state = $state<SessionState>({ answer: undefined, unreachable: false, notice: undefined })

/** Who is looking, as the server sees it. The key itself is in no variable that outlives the request. */
export const session = {
  get answer() {
    return state.answer
  },
  get unreachable() {
    return state.unreachable
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
      const read = (await answer.json()) as SessionAnswer
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
    state.answer = { ...state.answer, signedIn: false, expiresAt: null }
    state.notice = 'expired'
  },
}
