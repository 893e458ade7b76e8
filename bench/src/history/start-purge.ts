import { purgeRetention } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'

const retentionMs = 90 * 86_400_000

/** A purge that is under way. */
export interface Purging {
  /** Resolves when it has purged its first events. */
  begun: Promise<void>
  /** How many events it purged, and how long that took. */
  ended: Promise<{ events: number; ms: number }>
}

/** Purges events that were received before a moment, as the daily job does 90 days after it. */
export const startPurge = (databaseUrl: string, receivedBeforeMs: number): Purging => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const startedMs = performance.now()
  let ended: Purging['ended'] | undefined
  const begun = new Promise<void>((resolve, reject) => {
    ended = purgeRetention(fromPg(pool), {
      now: () => receivedBeforeMs + retentionMs,
      onProgress: () => resolve(),
    })
      .then(({ events }) => ({ events, ms: performance.now() - startedMs }))
      .finally(() => pool.end())
    ended.catch(reject)
  })
  return { begun, ended: ended as Purging['ended'] }
}
