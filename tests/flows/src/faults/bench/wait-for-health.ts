import type { RelayProcess } from './fault-bench.ts'
import { waitUntil } from './wait-until.ts'

/** Waits until `/healthz` of a relay is 200 (`ok`), or 503 because the sender is paused for `reason`. */
export const waitForHealth = async (
  relay: RelayProcess,
  reason: 'ok' | 'unauthorized' | 'wrong_clock',
): Promise<void> => {
  let last = 'nothing'
  await waitUntil(`healthz of the relay says ${reason}`, async () => {
    // A relay that does not respond in time, or not yet, is asked again.
    const response = await fetch(new URL('/healthz', relay.url), { signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    )
    if (response === undefined) return false
    const body = (await response.json()) as { error?: string; reason?: string }
    last = `${response.status} ${body.error ?? 'ok'} ${body.reason ?? ''}`
    return reason === 'ok'
      ? response.status === 200
      : response.status === 503 && body.error === 'sender_paused' && body.reason === reason
  }).catch((error) => {
    throw new Error(`${error.message} It says: ${last}`)
  })
}
