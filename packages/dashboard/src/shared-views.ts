import type { SignedTokens } from './signed-tokens.ts'

/** A view that was shared by a link, as long as the link is valid. */
export interface SharedView {
  /** The address of the view: `?view=channels`. */
  view: string
  /** In milliseconds since 1970. */
  expiresAt: number
}

/** Links that show the numbers to anybody who has them, until they expire or the key that they were made with is removed. */
export interface SharedViews {
  share(view: string, days: number): Promise<SharedView & { token: string }>
  /** The view of a token; `undefined` when the token is forged or expired. */
  read(token: string | undefined): Promise<SharedView | undefined>
}

/** How long a link may be valid at most, in days. */
export const longestShareDays = 30

const dayMs = 86_400_000

// A session's content begins with 22 letters and a dot, so neither is valid as the other.
const prefix = 'shared-view'

export const createSharedViews = (tokens: SignedTokens, now: () => number): SharedViews => ({
  async share(view, days) {
    const expiresAt = now() + days * dayMs
    const token = await tokens.sign(`${prefix}.${Buffer.from(view).toString('base64url')}.${expiresAt}`)
    return { view, expiresAt, token }
  },
  async read(token) {
    const content = await tokens.read(token)
    const [, view, expiry] = /^shared-view\.([\w-]*)\.(\d{1,16})$/.exec(content ?? '') ?? []
    const expiresAt = Number(expiry ?? 0)
    if (view === undefined || expiresAt <= now()) return undefined
    return { view: Buffer.from(view, 'base64url').toString(), expiresAt }
  },
})
