import { countDays, dayMs, dayOf } from '../days.ts'
import type { Window } from '../responses/metric.ts'
import type { ReadContext } from './read-snapshot.ts'

/** In windows longer than this it is cheaper to prove first that there are none. */
const longDays = 92

interface UncopiedLeads {
  window: Window
  /** Whether the leads of one customer of the host are read. */
  isScoped: boolean
  /** SQL of the columns to select from each, as `lead`. */
  columns: string
}

/**
 * SQL of the leads of a window whose touches are not copied yet: those captured a moment ago, and those that the host has written
 * afterwards, with whatever date.
 *
 * In a year's window each lead would be looked for among all touches, and nearly always all are there. So they are counted first. A
 * lead that is copied has one first touch, which goes with it: when there are as many first touches as leads, except those of the last
 * days, then all older ones are copied. That is true only where all leads are seen: not for one customer, and not behind row-level
 * security.
 */
export const uncopiedLeadsSql = (
  context: ReadContext,
  { window, isScoped, columns }: UncopiedLeads,
): string => {
  const { tables, param, nowMs } = context
  const uncopied = (from: string, until: string) =>
    // Half as many are read of one touch.
    `SELECT lead.id, lead.source_channel FROM ${tables.leads} lead
      WHERE lead.first_captured_at >= ${from} AND lead.first_captured_at < ${until}
        AND NOT EXISTS (SELECT FROM ${tables.leadTouches} known WHERE known.lead_id = lead.id AND known.touch = 'first')`
  const [from, until] = [param(window.from, 'date'), `${param(window.to, 'date')} + 1`]
  const selected = (leads: string) => `SELECT ${columns} FROM (${leads}) lead`
  if (isScoped || countDays(window.from, window.to) <= longDays) return selected(uncopied(from, until))
  const recently = param(dayOf(nowMs - 2 * dayMs), 'date')
  const recent = context.common(
    'recent_leads',
    () => `SELECT id FROM ${tables.leads} WHERE first_captured_at >= ${recently} OFFSET 0`,
  )
  const copied = context.common(
    'older_leads_copied',
    () => `SELECT NOT row_security_active(${param(tables.leads, 'text')}::regclass)
        AND (SELECT count(*) FROM ${tables.leads}) - (SELECT count(*) FROM ${recent})
          = (SELECT count(*) FROM ${tables.leadTouches} WHERE touch = 'first')
          - (SELECT count(*) FROM ${recent} recent JOIN ${tables.leadTouches} touch ON touch.lead_id = recent.id AND touch.touch = 'first')
        AS are_copied`,
  )
  return selected(`${uncopied(`GREATEST(${from}, ${recently})`, until)}
      UNION ALL
      ${uncopied(from, `LEAST(${until}, ${recently})`)} AND NOT (SELECT are_copied FROM ${copied})`)
}
