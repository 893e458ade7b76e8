import { session } from './session.svelte.ts'
import { whileSeen } from './while-seen.ts'

const state = $state({ readAt: undefined as number | undefined, isAway: false, runs: 0, quietRuns: 0 })

/** How fresh what is shown is: of all reports of the view that is open. */
export const live = {
  /** When the reports came, in milliseconds since 1970; undefined while there are none. */
  get readAt() {
    return state.readAt
  },
  /** The server did not answer when it was last asked in the background; it is asked again. */
  get isAway() {
    return state.isAway
  },
  /** Changes when all reports are to be read again, as if they had never been. */
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
  /** The reports that were read are not shown any more. */
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
    // The day may be another one: what is asked for follows from it.
    void session.load()
    state.quietRuns += 1
  })
