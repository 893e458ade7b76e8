import { session } from './session.svelte.ts'
import { whileSeen } from './while-seen.ts'

const state = $state({ readAt: undefined as number | undefined, isAway: false, runs: 0, quietRuns: 0 })

/** How fresh the numbers on the page are, for all reports of the open view. */
export const live = {
  /** When the reports came, in milliseconds since 1970; undefined while there are none. */
  get readAt() {
    return state.readAt
  },
  /** The server did not respond to the last background read; the page tries again. */
  get isAway() {
    return state.isAway
  },
  /** Changes when all reports are to be read again, as if for the first time. */
  get runs() {
    return state.runs
  },
  /** Changes when they are to be read again in the background. */
  get quietRuns() {
    return state.quietRuns
  },
  read(): void {
    state.readAt = Date.now()
    state.isAway = false
  },
  away(): void {
    state.isAway = true
  },
  /** The reports are no longer shown. */
  gone(): void {
    state.readAt = undefined
  },
  reload(): void {
    void session.load()
    state.runs += 1
  },
}

/** Reads again while somebody can see the page. Returns a function that stops it. */
export const keepLive = (): (() => void) =>
  whileSeen(() => {
    // It may be another day, which changes what is requested.
    void session.load()
    state.quietRuns += 1
  })
