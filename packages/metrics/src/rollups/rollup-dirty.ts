import { createTables, type Database, type Tables } from '@altcontext/webhook-store'
import type { Day } from '../days.ts'
import { countReceived } from './count-received.ts'
import { type CountStrictness, withTolerance } from './count-strictness.ts'
import { noteFirstReceived, settleMilestones } from './received-since.ts'
import { fewCellsScope, manyCellsScope, recompute } from './recompute-statement.ts'
import { readClosedBefore } from './restatements.ts'
import { type JobOptions, withRollupLock } from './rollup-lock.ts'
import { recordRun } from './run-log.ts'

export interface RollupDirtyOptions extends JobOptions {
  /** Tenant days in one transaction; a longer backlog takes several. @default 20_000 */
  maxCells?: number | undefined
  /** Wait while another process rolls up or purges. False leaves the work to it. @default true */
  wait?: boolean | undefined
  /** Called after each transaction when there is more to do. @default always */
  shouldGoOn?: (() => boolean) | undefined
  /** Called after each transaction with what was done so far. */
  onProgress?: ((done: Readonly<RollupResult>) => void) | undefined
}

/** What one run of {@link rollupDirty} did. */
export interface RollupResult {
  /** False when another process was rolling up and `wait` is false. */
  ran: boolean
  /** Entries of the dirty log that were processed. */
  entries: number
  /** Tenant days that they named. */
  cells: number
  /** Rollups written because they had changed. */
  changed: number
  /** Rollups deleted because their tenant day has no events any more. */
  removed: number
}

/**
 * Brings the rollups up to date: recomputes the tenant days that the dirty log names (decisions/0004).
 *
 * One transaction takes entries off the log and then, in a later statement that sees every event whose entry
 * was taken, recomputes their tenant days. A run that breaks off leaves the log as it was; an event that is committed later
 * has an entry of its own. The cost depends on what changed, not on the history.
 *
 * @example
 * await rollupDirty(fromPg(pool))
 * // => { ran: true, entries: 12, cells: 5, changed: 5, removed: 0 }
 */
export const rollupDirty = async (
  database: Database,
  { schema, now = Date.now, maxCells = 20_000, wait = true, shouldGoOn, onProgress }: RollupDirtyOptions = {},
): Promise<RollupResult> => {
  const done: RollupResult = { ran: false, entries: 0, cells: 0, changed: 0, removed: 0 }
  const startedAtMs = now()
  const closedBefore = await database.transaction((tx) => readClosedBefore(tx, createTables(schema)))
  for (;;) {
    const step = await withTolerance((strictness) =>
      withRollupLock(database, { schema, wait }, (tx) =>
        rollupStep(tx, { schema, now, maxCells, startedAtMs, closedBefore, before: done, strictness }),
      ),
    )
    if (step === undefined) return done
    Object.assign(done, add(done, step), { ran: true })
    onProgress?.({ ...done })
    // A full step means that there may be more; anything less is everything that was there when it began.
    if (step.cells < maxCells || shouldGoOn?.() === false) return done
  }
}

interface StepOptions {
  schema: string | undefined
  now: () => number
  maxCells: number
  startedAtMs: number
  closedBefore: Day | null
  before: RollupResult
  strictness: CountStrictness
}

type Step = Omit<RollupResult, 'ran'>

const rollupStep = async (tx: Database, options: StepOptions): Promise<Step> => {
  const tables = createTables(options.schema)
  const cells = await takeOldestCells(tx, tables, options.maxCells)
  await noteFirstReceived(tx, tables, [...new Set(cells.map(({ ownerId }) => ownerId))])
  const step = {
    entries: cells.reduce((sum, { entries }) => sum + entries, 0),
    cells: cells.length,
    ...(await recomputeCells(tx, cells, options)),
  }
  await settleMilestones(tx, tables)
  await countReceived(tx, tables, options.now())
  await recordRun(tx, tables, {
    kind: 'rollup',
    startedAtMs: options.startedAtMs,
    finishedAtMs: options.now(),
    details: add(options.before, step),
  })
  return step
}

interface TakenCell {
  ownerId: string
  tenantId: string
  day: string
  entries: number
}

/** Takes the oldest tenant days off the log, each with all of its entries. */
const takeOldestCells = async (tx: Database, tables: Tables, maxCells: number): Promise<TakenCell[]> => {
  // The log is nearly always empty when PostgreSQL counts its rows. For a table without rows it would plan to compare each row with
  // each: 0.9 s for 6,000 entries of 1,000 tenant days, growing with the square of their number.
  await allowNestedLoops(tx, 'off')
  // Exactly the entries that this statement sees, by value: numbers of entries are not in the order of their
  // commits, so "all up to the last" would remove entries that only the next statement's snapshot sees.
  const cells = await tx.query<TakenCell>(
    `WITH oldest AS (
       SELECT owner_id, tenant_id, day FROM ${tables.serviceUsageDirty}
       GROUP BY owner_id, tenant_id, day ORDER BY min(id) LIMIT $1
     ),
     taken AS (
       DELETE FROM ${tables.serviceUsageDirty} dirty USING oldest
       WHERE dirty.tenant_id = oldest.tenant_id AND dirty.day = oldest.day
         AND dirty.owner_id = oldest.owner_id
       RETURNING dirty.owner_id, dirty.tenant_id, dirty.day
     )
     SELECT owner_id AS "ownerId", tenant_id AS "tenantId", to_char(day, 'YYYY-MM-DD') AS day, count(*)::int AS entries
     FROM taken GROUP BY owner_id, tenant_id, day`,
    [maxCells],
  )
  await allowNestedLoops(tx, 'on')
  return cells
}

/** For the rest of the transaction. */
const allowNestedLoops = (tx: Database, value: 'on' | 'off') =>
  tx.query(`SELECT set_config('enable_nestloop', $1, true)`, [value])

const recomputeCells = async (
  tx: Database,
  cells: readonly { ownerId: string; tenantId: string; day: string }[],
  { schema, now, closedBefore, strictness }: StepOptions,
): Promise<{ changed: number; removed: number }> => {
  if (cells.length === 0) return { changed: 0, removed: 0 }
  const tables = createTables(schema)
  const days = [...new Set(cells.map(({ day }) => day))].sort()
  const span = [days[0], days.at(-1)]
  const [known] = await tx.query<{ rollups: number }>(
    `SELECT count(*)::int AS rollups FROM ${tables.serviceUsageRollups}
     WHERE day BETWEEN $1::date AND $2::date`,
    span,
  )
  const areFew = cells.length * scanAdvantage < (known?.rollups ?? 0)
  const which = [
    cells.map(({ tenantId }) => tenantId),
    cells.map(({ day }) => day),
    cells.map(({ ownerId }) => ownerId),
  ]
  const restating = { cause: 'late_events' as const, closedBefore, nowMs: now() }
  const { changed, removed } = areFew
    ? await recompute(tx, tables, fewCellsScope(tables, strictness), { which, days, restating })
    : await recompute(tx, tables, manyCellsScope(tables, strictness), { which, span, days, restating })
  return { changed, removed }
}

// An event found by index costs about ten times as much as one met in a pass over the days (bench/src/reads/rollup.ts).
const scanAdvantage = 10

const add = (a: Step, b: Step): Step => ({
  entries: a.entries + b.entries,
  cells: a.cells + b.cells,
  changed: a.changed + b.changed,
  removed: a.removed + b.removed,
})
