import type { BridgeProblem, BridgeResponse } from '@altcontext/webhook-metrics'
import { fetchReport } from './fetch-report.ts'
import { whileSeen } from './while-seen.ts'

export type HealthState = BridgeProblem | 'healthy' | 'unknown'

const current = $state<{ state: HealthState }>({ state: 'unknown' })

/** The worst problem that the bridge reports; unknown before its first response, and when it does not respond any more. */
export const health: Readonly<typeof current> = current

export const healthOf = ({ problems }: BridgeResponse): HealthState => problems[0] ?? 'healthy'

/** How bad it is: with `good` there is nothing to do, `warn` should be checked, `bad` loses events or numbers. */
export const toneOf = (health: HealthState): 'good' | 'warn' | 'bad' | 'none' => {
  if (health === 'healthy') return 'good'
  if (health === 'unknown') return 'none'
  return health === 'behind' || health === 'never_verified' ? 'warn' : 'bad'
}

/** Asks the bridge now, and again while somebody can see the page. Returns a function that stops it. */
export const watchHealth = (): (() => void) => {
  const cancel = new AbortController()
  const look = async () => {
    try {
      current.state = healthOf(await fetchReport<BridgeResponse>('api/bridge', cancel.signal))
    } catch {
      if (!cancel.signal.aborted) current.state = 'unknown'
    }
  }
  void look()
  const stop = whileSeen(look)
  return () => {
    cancel.abort()
    stop()
  }
}
