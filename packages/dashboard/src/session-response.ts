/** What the page is told about who is looking at it. */
export interface SessionResponse {
  ok: true
  signedIn: boolean
  /** `host`: the host decides, and the page shows no form. */
  signInWith: 'admin-key' | 'host'
  /** When the session ends; null without one, and when the host decides. */
  expiresAt: string | null
  /** The view of the shared link through which somebody looks without having signed in; null for everybody else. */
  sharedView: string | null
  /** Whether this viewer may make such links. */
  canShare: boolean
  /** The server's UTC day; ranges such as "the last 30 days" end with it. */
  today: string
}
