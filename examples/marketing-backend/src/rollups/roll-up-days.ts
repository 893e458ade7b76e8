import { randomUUID } from 'node:crypto'
import type { HostDatabase, HostTables } from '../database/host-tables.ts'
import { marketingProperty } from '../marketing-property.ts'
import { oldestWholeDay } from '../visits/raw-retention.ts'

/**
 * Recomputes `daily_metric_rollups` of the marketing property for `days` (UTC, `YYYY-MM-DD`) and returns how
 * many rows it wrote. Running it again changes nothing. Days before the first event and the first lead get
 * no row: there was nothing to count yet. A day whose visits may have been purged keeps the row that it has.
 * `traffic_source_breakdown` counts the day's events, every one, by source.
 */
export const rollUpDays = async (
  { pool, tables }: HostDatabase,
  { days, now }: { days: readonly string[]; now: Date },
): Promise<number> => {
  const oldest = oldestWholeDay(now)
  const sorted = [...new Set(days)].filter((day) => day >= oldest).sort()
  const { rowCount } = await pool.query(rollupSql(tables), [
    marketingProperty,
    sorted,
    sorted.map(() => randomUUID()),
    now.toISOString(),
  ])
  return rowCount ?? 0
}

const rollupSql = ({ events, leads, dailyMetricRollups }: HostTables): string => `
WITH start AS (
  SELECT LEAST((SELECT min(timestamp) FROM ${events} WHERE property_id = $1),
               (SELECT min(first_captured_at) FROM ${leads}),
               (SELECT min(day)::timestamp FROM ${dailyMetricRollups} WHERE property_id = $1))::date AS day
), days AS (
  SELECT asked.day, asked.id FROM unnest($2::date[], $3::text[]) AS asked (day, id), start
  WHERE asked.day >= start.day
)
INSERT INTO ${dailyMetricRollups} (id, property_id, day, unique_visitors, new_leads, page_views, entrances,
  conversions, form_starts, form_submits, traffic_source_breakdown, generated_at)
SELECT days.id, $1, days.day, e.unique_visitors, l.new_leads, e.page_views, e.entrances, e.conversions,
  e.form_starts, e.form_submits, s.breakdown, $4
FROM days
CROSS JOIN LATERAL (
  SELECT count(DISTINCT visitor_id) AS unique_visitors,
         count(*) FILTER (WHERE event_type = 'page_view') AS page_views,
         count(*) FILTER (WHERE is_entrance) AS entrances,
         count(*) FILTER (WHERE is_conversion) AS conversions,
         count(*) FILTER (WHERE event_type = 'form_start') AS form_starts,
         count(*) FILTER (WHERE event_type = 'form_submit') AS form_submits
  FROM ${events}
  WHERE property_id = $1 AND timestamp >= days.day AND timestamp < days.day + 1
) e
CROSS JOIN LATERAL (
  SELECT count(*) AS new_leads FROM ${leads}
  WHERE first_captured_at >= days.day AND first_captured_at < days.day + 1
) l
CROSS JOIN LATERAL (
  SELECT COALESCE(jsonb_object_agg(source, events), '{}') AS breakdown
  FROM (
    SELECT traffic_source::text AS source, count(*) AS events FROM ${events}
    WHERE property_id = $1 AND timestamp >= days.day AND timestamp < days.day + 1
    GROUP BY 1
  ) by_source
) s
ORDER BY days.day
ON CONFLICT (property_id, day) DO UPDATE SET
  unique_visitors = EXCLUDED.unique_visitors,
  new_leads = EXCLUDED.new_leads,
  page_views = EXCLUDED.page_views,
  entrances = EXCLUDED.entrances,
  conversions = EXCLUDED.conversions,
  form_starts = EXCLUDED.form_starts,
  form_submits = EXCLUDED.form_submits,
  traffic_source_breakdown = EXCLUDED.traffic_source_breakdown,
  generated_at = EXCLUDED.generated_at`
