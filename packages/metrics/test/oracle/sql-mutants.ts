import type { Database } from '@altcontext/webhook-store'

/** A mistake that somebody could make in a statement. */
export interface SqlMutant {
  find: RegExp
  replace: string
}

/** In the statements of the routes. */
export const readingMutants: Record<string, SqlMutant> = {
  'the window begins a moment late': {
    find: /tenant_created_at >= (\$\d+::date)/,
    replace: 'tenant_created_at > $1',
  },
  'the window ends a moment late': {
    find: /tenant_created_at < (\$\d+::date \+ 1)/,
    replace: 'tenant_created_at <= $1',
  },
  'the window ends a day early': {
    find: /tenant_created_at < (\$\d+::date) \+ 1/,
    replace: 'tenant_created_at < $1',
  },
  'usage leaves out the first day': {
    find: /((?:service_usage_daily_totals|scoped_serviceUsageDailyTotals)"\s+WHERE day BETWEEN \$\d+::date)/g,
    replace: '$1 + 1',
  },
  'thirty days are thirty-one': { find: /- 29\b/g, replace: '- 30' },
  'a return is the first scan': {
    find: /second_day - tenant_created_at/g,
    replace: 'first_day - tenant_created_at',
  },
  'a conversion on the day of the horizon counts': {
    find: /_ms \/ 86400000 < (\$\d+::int)/g,
    replace: '_ms / 86400000 <= $1',
  },
  'a tenant is mature a week early': {
    find: /(tenant_created_at <= \$\d+::timestamp\(3\)) THEN/g,
    replace: "$1 + interval '7 days' THEN",
  },
  'a day that is not over was observed': { find: /GREATEST\(floor\(/g, replace: 'GREATEST(ceil(' },
  'durations may be negative': {
    find: /WHEN first_scan_at < tenant_created_at THEN 0/g,
    replace: 'WHEN false THEN 0',
  },
  'a return on the day of the horizon counts': {
    find: /returned_ms < (\$\d+::bigint)/g,
    replace: 'returned_ms <= $1',
  },
  'a bar of the histogram ends a moment late': {
    find: /width_bucket\((\w+_ms), /g,
    replace: 'width_bucket($1 - 1, ',
  },
  'percentiles are not interpolated': { find: /percentile_cont/g, replace: 'percentile_disc' },
  'a scan without a key is none': {
    find: /(FILTER \(WHERE first_scan_ms IS NOT NULL)(\) AS "tenantsWithFirstScan")/,
    replace: '$1 AND api_key_ms IS NOT NULL$2',
  },
  'young is measured from the first scan': { find: /WHERE first_scan_ms IS NULL AND/, replace: 'WHERE' },
  'the last touch stands for the first': {
    find: /COALESCE\(first_channel/g,
    replace: 'COALESCE(last_channel',
  },
  'visitors of every property count': {
    find: /((?:daily_metric_rollups|scoped_dailyMetricRollups)"\s+WHERE )property_id = (\$\d+::text)/g,
    replace: '$1$2 IS NOT NULL',
  },
  'the host and the bridge both count visitors': {
    find: /AND daily\.day NOT IN/,
    replace: "AND DATE '1970-01-01' NOT IN",
  },
  'a lead that is not copied counts twice': {
    find: /AND NOT EXISTS \(SELECT FROM (\S+) known WHERE known\.lead_id = lead\.id AND known\.touch = 'first'\)/g,
    replace: '',
  },
  'an owner sees the rows of another': {
    find: /WHERE owner_id = (\$\d+::text)\)/g,
    replace: 'WHERE $1 IS NOT NULL)',
  },
  'weeks begin on Sunday': {
    find: /date_trunc\('week', (\w+)\)/g,
    replace: `(date_trunc('week', $1 + interval '1 day') - interval '1 day')`,
  },
  'a period of a cohort ends a day late': {
    find: /(interval '1 (?:week|month)'\)::date) - 1 AS last/,
    replace: '$1 AS last',
  },
  'restatements of any day count': {
    find: /(restated_at > \$\d+::timestamp\(3\)) AND day BETWEEN (\$\d+::date) AND (\$\d+::date)/,
    replace: '$1 AND $2 <= $3',
  },
  'the backlog of other tenants delays': {
    find: /((?:service_usage_dirty|scoped_serviceUsageDirty)"\s+WHERE day BETWEEN \S+ AND \S+\s+AND )tenant_id = (\$\d+::text)/,
    replace: '$1$2 IS NOT NULL',
  },
  'what an hour has counted is counted again': {
    find: /received_at >= GREATEST\((\S+), COALESCE\(\(SELECT finished_at FROM \S+ WHERE kind = 'received_hours' AND finished_at <= \S+\), '-infinity'\)\)/,
    replace: 'received_at >= $1',
  },
  'pages overlap': { find: /\((received_at, id)\) < \(/, replace: '($1) <= (' },
  'active days begin a day late': {
    find: /(active_days FROM .*?first_day) \+ 1 FOR/g,
    replace: '$1 + 2 FOR',
  },
  'active days end a day early': {
    find: /(active_days FROM .*? FOR .*?) \+ 1\)\) > 0/g,
    replace: '$1)) > 0',
  },
  'last active is first active': { find: /max\(last_day\)/, replace: 'max(first_day)' },
}

/** In the statements of the jobs and the receiver. */
export const writingMutants: Record<string, SqlMutant> = {
  'the clamp is one too low': {
    find: /2147483647\), 0\) AS identities_detected/,
    replace: '2147483646), 0) AS identities_detected',
  },
  'failed scans add media': {
    find: /'mediaCount'\)::bigint\) FILTER \(WHERE event_type = 'scan.completed'\)/g,
    replace: `'mediaCount')::bigint) FILTER (WHERE event_type LIKE 'scan.%')`,
  },
  'the latest creation counts': {
    find: /LEAST\(milestone\.tenant_created_at/,
    replace: 'GREATEST(milestone.tenant_created_at',
  },
  'a clock far in the past decides': {
    find: /\$2::timestamp\(3\) ELSE occurred_at END/,
    replace: 'occurred_at ELSE occurred_at END',
  },
  'a lead of another owner is found': {
    find: / AND lead\.tenant_id = (\$3::text::uuid)/,
    replace: ' AND $1 IS NOT NULL',
  },
  'the latest attribution counts': {
    find: /ORDER BY earliest\.attributed_at NULLS LAST/,
    replace: 'ORDER BY earliest.attributed_at DESC NULLS LAST',
  },
  'the first touch is the last': {
    find: /session\.started_at ASC, session\.id/,
    replace: 'session.started_at DESC, session.id',
  },
  'a visit after the capture led to it': {
    find: /ORDER BY session\.started_at <= lead\.first_captured_at DESC,\s+CASE WHEN [^,]+ END,/g,
    replace: 'ORDER BY',
  },
  'the last visit of the day counts': {
    find: /event\.timestamp::date, event\.timestamp, event\.id/,
    replace: 'event.timestamp::date, event.timestamp DESC, event.id',
  },
  'the archive forgets': { find: /archive\.scans_completed::numeric \+ EXCLUDED/, replace: 'EXCLUDED' },
  'the rollup leaves out the archive': {
    find: /SELECT \* FROM raw UNION ALL SELECT archive\./,
    replace: 'SELECT * FROM raw EXCEPT ALL SELECT archive.',
  },
  'raw events go by when they occurred': {
    find: /WHERE received_at < \$1::timestamp\(3\)(?=\s+AND received_at >=)/,
    replace: 'WHERE occurred_at < $1::timestamp(3)',
  },
  'days are those of another time zone': {
    find: /\boccurred_at::date/g,
    replace: `(occurred_at - interval '5 hours')::date`,
  },
  'seven days are eight': { find: /active\.day \+ 7\b/, replace: 'active.day + 8' },
  'the latest seven days are eight': {
    find: /last_day > days\.day - 7\b/g,
    replace: 'last_day > days.day - 8',
  },
  'any usage makes a tenant active': {
    find: /AND scans_completed > 0/g,
    replace: 'AND scans_completed >= 0',
  },
  'a second scan on the same day is a return': {
    find: /first_day \+ NULLIF\(position\(B'1' IN substring\(bits FROM 2\)\), 0\)/,
    replace: 'first_day',
  },
  'active days that were known are forgotten': {
    find: /COALESCE\(activity\.active_days, rebuilt\.bits, ''\)/,
    replace: "COALESCE(rebuilt.bits, '')",
  },
  'an earlier day leaves the active days where they were': {
    find: /COALESCE\(known\.first_day - from_day, 0\) AS zeros/,
    replace: '0 AS zeros',
  },
  'days between active days are left out': { find: /day - day_before - 1\)/, replace: '0)' },
  'restatements know nothing of before': { find: /COALESCE\(total\.scans_completed, 0\)/g, replace: '0' },
  'an hour is counted of its first event alone': {
    find: /sum\(events\), max\(last_received_at\), jsonb/,
    replace: 'LEAST(sum(events), 1), max(last_received_at), jsonb',
  },
  'hours of another time zone are counted': {
    find: /date_trunc\('hour', received_at\)/,
    replace: `date_trunc('hour', received_at) - interval '26 hours'`,
  },
  'a duplicate is dirty again': { find: /sum\(copies\) - count\(stored\.id\)/, replace: 'sum(copies)' },
}

/** A database whose statements have the mistake, and whether any had a place for it. */
export const mutate = (database: Database, { find, replace }: SqlMutant) => {
  let isApplied = false
  const wrong = (one: Database): Database => ({
    ...one,
    query: (text, ...rest) => {
      const changed = text.replace(find, replace)
      isApplied ||= changed !== text
      return one.query(changed, ...rest)
    },
    transaction: (run, ...rest) => one.transaction((tx) => run(wrong(tx)), ...rest),
  })
  // A scope is set on the copy, and not taken from the original.
  const { withLeadScope: _withLeadScope, ...own } = wrong(database)
  return { database: own as Database, isApplied: () => isApplied }
}
