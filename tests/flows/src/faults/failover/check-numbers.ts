import type pg from 'pg'
import { waitUntil } from '../bench/wait-until.ts'

/**
 * Waits until the workers have rolled up these tenants' events, and compares the numbers with our own count, in one snapshot: each
 * tenant day, and the totals of all days.
 *
 * @returns the number of events that were counted
 * @throws when a number is wrong, or the workers do not continue
 */
export const checkNumbers = async (pool: pg.Pool, tenants: readonly string[]): Promise<number> => {
  let events = 0
  await waitUntil('the stored events are rolled up', async () => {
    const result = await pool.query(statement, [tenants]).catch(() => undefined)
    if (result === undefined) return false
    const { pending, wrong, wrongTotals, counted } = result.rows[0]
    if (wrongTotals > 0)
      throw new Error(`The totals of ${wrongTotals} days are not the sums of their rollups.`)
    if (pending > 0) return false
    if (wrong > 0) throw new Error(`The rollups of ${wrong} tenant days differ from the stored events.`)
    events = counted
    return true
  })
  return events
}

const statement = `
WITH counted AS (
  SELECT tenant_id, occurred_at::date AS day, count(*) AS scans, sum((payload ->> 'durationMs')::int) AS duration,
    sum((payload ->> 'mediaCount')::int) AS media
  FROM tenant_events WHERE tenant_id = ANY($1) GROUP BY 1, 2
),
rollups AS (SELECT * FROM service_usage_rollups WHERE tenant_id = ANY($1)),
totals AS (SELECT day, sum(scans_completed) AS scans FROM service_usage_rollups GROUP BY day)
SELECT
  (SELECT count(*)::int FROM service_usage_dirty WHERE tenant_id = ANY($1)) AS pending,
  (SELECT count(*)::int FROM counted FULL JOIN rollups USING (tenant_id, day)
   WHERE scans IS DISTINCT FROM scans_completed OR duration IS DISTINCT FROM scan_duration_sum_ms
     OR media IS DISTINCT FROM media_processed) AS wrong,
  (SELECT count(*)::int FROM totals FULL JOIN service_usage_daily_totals total USING (day)
   WHERE totals.scans IS DISTINCT FROM total.scans_completed) AS "wrongTotals",
  (SELECT coalesce(sum(scans), 0)::int FROM counted) AS counted`
