import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { DatabasePair } from './start-database-pair.ts'

/** The `application_name` of a product, whose own commits wait as well. */
export const productName = 'product'

const earlyMs = 15_000

/**
 * Stops the standby for a while. What waits for it on the primary must not grow once each process has noticed, and nothing may be confirmed.
 *
 * @returns how many connections of our processes waited early on, and how many at the end
 * @throws when more wait at the end, or when an event was confirmed
 */
export const measureWithoutStandby = async (
  pair: DatabasePair,
  pool: pg.Pool,
  forMs: number,
): Promise<{ early: number; late: number }> => {
  const read = async () => {
    const { rows } = await pool.query<{ waiting: number; stored: string }>(waitingSql, [productName])
    return rows[0] as { waiting: number; stored: string }
  }
  const goOn = pair.stopStandby()
  try {
    await delay(earlyMs)
    const early = await read()
    await delay(forMs - earlyMs)
    const late = await read()
    if (late.stored !== early.stored) throw new Error('Events were confirmed without the standby.')
    if (late.waiting > early.waiting)
      throw new Error(`${early.waiting} connections waited for the standby, and then ${late.waiting}.`)
    return { early: early.waiting, late: late.waiting }
  } finally {
    goOn()
  }
}

// A row of a commit that waits for the standby cannot be seen.
const waitingSql = `
SELECT count(*)::int AS waiting, (SELECT count(*) FROM tenant_events)::text AS stored
FROM pg_stat_activity
WHERE (wait_event = 'SyncRep' OR wait_event_type = 'Lock') AND application_name <> $1`
