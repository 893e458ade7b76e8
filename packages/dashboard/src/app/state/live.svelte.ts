import { session } from './session.svelte.ts'
import { whileSeen } from './while-seen.ts'

/** How fresh the numbers on the page are, for all reports of the open view. */
export const live = $state({
  /** When the reports came, in milliseconds since 1970; undefined while there are none. */
  readAt: undefined as number | undefined,
  /** The server did not respond to the last background read; the page tries again. */
  isAway: false,
  /** Changes when all reports are to be read again, as if for the first time. */
  runs: 0,
  /** Changes when they are to be read again in the background. */
  quietRuns: 0,
  read(): void {
    live.readAt = Date.now()
    live.isAway = false
  },
  away(): void {
    live.isAway = true
  },
  /** The reports are no longer shown. */
  gone(): void {
    live.readAt = undefined
  },
  reload(): void {
    void session.load()
    live.runs += 1
  },
})

/** Reads again while somebody can see the page. Returns a function that stops it. */
export const keepLive = (): (() => void) =>
  whileSeen(() => {
    // It may be another day, which changes what is requested.
    void session.load()
    live.quietRuns += 1
  })
