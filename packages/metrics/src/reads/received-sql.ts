import { dayMs, dayOf, hourMs } from '../days.ts'
import { countedThroughSql, hourOf, lagSql } from '../rollups/count-received.ts'
import type { ReadContext } from './read-snapshot.ts'

/** The hour in which the last 24 hours begin; SQL of a moment; and SQL of the moment before which hours are counted. */
const boundsOf = ({ tables, param, nowMs }: ReadContext) => {
  const at = (ms: number) => param(new Date(ms).toISOString(), 'timestamp(3)')
  return {
    at,
    dayHourMs: Date.parse(hourOf(nowMs - dayMs)),
    counted: `COALESCE(${countedThroughSql(tables, at(nowMs))}, '-infinity')`,
  }
}

/**
 * The name of what was received in the last 30 days, by `event_type`, whether in the last 24 hours (`is_new`) and whether since 00:00
 * UTC (`is_today`): how many (`received`) and when the last of them (`last`).
 *
 * Whole hours that the rollup has counted stand for their events. Hours that ended only recently, and those in which the 30 days
 * and the last 24 hours begin, are counted from the events.
 */
export const receivedByType = (context: ReadContext): string =>
  context.common('received_by_type', () => {
    const { tables, nowMs } = context
    const { at, dayHourMs, counted } = boundsOf(context)
    const [month, firstHour] = [at(nowMs - 30 * dayMs), at(Date.parse(hourOf(nowMs - 30 * dayMs)) + hourMs)]
    const [day, dayHour, nextHour] = [at(nowMs - dayMs), at(dayHourMs), at(dayHourMs + hourMs)]
    const today = at(Date.parse(dayOf(nowMs)))
    const events = (
      where: string,
    ) => `SELECT event_type, received_at >= ${day} AS is_new, received_at >= ${today} AS is_today,
        count(*) AS received, max(received_at) AS last
      FROM ${tables.tenantEvents} WHERE ${where} GROUP BY 1, 2, 3`
    return `
      ${events(`received_at >= GREATEST(${firstHour}, ${counted})`)}
      UNION ALL
      ${events(`received_at >= ${month} AND received_at < ${firstHour}`)}
      UNION ALL
      ${events(`received_at >= ${dayHour} AND received_at < LEAST(${nextHour}, ${counted})`)}
      UNION ALL
      SELECT event_type, hour >= ${nextHour}, hour >= ${today}, sum(events), max(last_received_at)
      FROM ${tables.receivedHours} WHERE hour >= ${firstHour} AND hour <> ${dayHour} AND hour < ${counted}
      GROUP BY 1, 2, 3`
  })

/** Query of how late the events of the last 24 hours came: by `lag` in milliseconds, how many `events`. */
export const lagsSql = (context: ReadContext): string => {
  const { tables, nowMs } = context
  const { at, dayHourMs, counted } = boundsOf(context)
  const [day, nextHour] = [at(nowMs - dayMs), at(dayHourMs + hourMs)]
  const events = (where: string) =>
    `SELECT ${lagSql} AS lag, count(*) AS events FROM ${tables.tenantEvents} WHERE ${where} GROUP BY 1`
  return `
    ${events(`received_at >= GREATEST(${day}, ${counted})`)}
    UNION ALL
    ${events(`received_at >= ${day} AND received_at < LEAST(${nextHour}, ${counted})`)}
    UNION ALL
    SELECT key::float8, value::bigint FROM ${tables.receivedHours}, jsonb_each_text(lags)
    WHERE hour >= ${nextHour} AND hour < ${counted}`
}
