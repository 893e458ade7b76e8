import type { Database, Tables } from '@altcontext/webhook-store'

/** The jobs whose last run is remembered. */
export type JobKind = 'rollup' | 'backfill' | 'discrepancy' | 'purge'

interface RunRecord {
  kind: JobKind
  startedAtMs: number
  /** Undefined while it runs. */
  finishedAtMs?: number
  details?: object
}

/** Remembers a run as the last one of its kind. */
export const recordRun = async (
  database: Database,
  tables: Tables,
  { kind, startedAtMs, finishedAtMs, details = {} }: RunRecord,
): Promise<void> => {
  await database.query(
    `INSERT INTO ${tables.serviceUsageRuns} (kind, started_at, finished_at, details)
     VALUES ($1, $2::timestamp(3), $3::timestamp(3), $4::jsonb)
     ON CONFLICT (kind) DO UPDATE SET
       started_at = EXCLUDED.started_at, finished_at = EXCLUDED.finished_at, details = EXCLUDED.details`,
    [
      kind,
      toIso(startedAtMs),
      finishedAtMs === undefined ? null : toIso(finishedAtMs),
      JSON.stringify(details),
    ],
  )
}

/** Remembers that a job of several transactions starts, does it, and remembers how it ended. */
export const recordedRun = async <Result extends object>(
  database: Database,
  { tables, kind, now }: { tables: Tables; kind: JobKind; now: () => number },
  run: () => Promise<Result>,
): Promise<Result> => {
  const startedAtMs = now()
  const record = (end: Partial<RunRecord>) =>
    database.transaction((tx) => recordRun(tx, tables, { kind, startedAtMs, ...end }))
  await record({})
  const details = await run()
  await record({ finishedAtMs: now(), details })
  return details
}

const toIso = (ms: number): string => new Date(ms).toISOString()
