import { setTimeout as delay } from 'node:timers/promises'
import { firstIdOf, idHours } from '@altcontext/webhook-contract'
import { createTables, type Database, sealEventsSql, type Tables } from '@altcontext/webhook-store'
import { dayMs, dayOf, subtractMonths } from '../days.ts'
import { isoSql } from '../reads/read-snapshot.ts'
import { heardAtSql } from '../reads/retired-producers.ts'
import { analyzeTables, usageTables } from '../rollups/analyze-tables.ts'
import { noteFirstReceived, settleMilestones } from '../rollups/received-since.ts'
import { type JobOptions, withRollupLock } from '../rollups/rollup-lock.ts'
import { recordedRun } from '../rollups/run-log.ts'
import { usageAggregatesSql, usageColumnNames, usageTypesSql } from '../rollups/usage-columns.ts'
import { checkRetention, type Retention } from './check-retention.ts'

/**
 * The purge rests after each transaction, this many times as long as the transaction took. The receiver shares processors and disk with
 * it, and it has all day: at full speed a million events cost a quarter of what two processors receive; now they take twenty minutes or more
 * (bench/README.md, "History").
 */
const restFactor = 19

export interface PurgeRetentionOptions extends JobOptions {
  retention?: Partial<Retention> | undefined
  /** Raw events in one transaction, after which the purge rests. @default 100 */
  chunkEvents?: number | undefined
  /** The property under which refused requests are recorded. @default 'description-service' */
  descriptionServicePropertyId?: string | undefined
  /** Called after each transaction. */
  onProgress?: ((purged: Readonly<PurgeResult>) => void) | undefined
}

/** Rows that {@link purgeRetention} deleted. */
export interface PurgeResult {
  /** Raw events; those that count as usage are in the archives now. */
  events: number
  duplicates: number
  /** Refused requests, as the host's `ingest_rejections` keeps them; 0 where the role may not delete from that table. */
  refusals: number
  rollups: number
  archives: number
  milestones: number
}

/**
 * Applies the retention of roadmap §8: raw events become sums 90 days after their receipt, and what is known of duplicates and
 * of refused requests goes with them; rollups, archives and milestones go after 24 months.
 *
 * An event moves in one statement, so archive plus raw of a tenant day is the same before and after, and so is
 * its rollup, whether or not the day waits in the dirty log. It takes its time: a little at once, with rests in between, so that
 * receiving does not slow down. In the end it lets PostgreSQL analyse the tables that have changed.
 *
 * @throws {MetricsError} `invalid_options`, `contradicting_retention`
 */
export const purgeRetention = async (
  database: Database,
  options: PurgeRetentionOptions = {},
): Promise<PurgeResult> => {
  const { schema, now = Date.now, chunkEvents = 100, onProgress } = options
  const { descriptionServicePropertyId = 'description-service' } = options
  const { rawRetentionDays, rollupRetentionMonths } = checkRetention(options.retention)
  const tables = createTables(schema)
  const nowMs = now()
  const receivedBefore = new Date(nowMs - rawRetentionDays * dayMs).toISOString()
  const firstDay = subtractMonths(dayOf(nowMs), rollupRetentionMonths)

  return recordedRun(database, { tables, kind: 'purge', now }, async () => {
    const purged: PurgeResult = {
      events: 0,
      duplicates: 0,
      refusals: 0,
      rollups: 0,
      archives: 0,
      milestones: 0,
    }
    const inLock = (text: string, params: unknown[]) =>
      withRollupLock(database, { schema, wait: true }, async (tx) => {
        // What a crash undoes is purged the next time, and is complete until then: nobody waits for the disk.
        await tx.query('SET LOCAL synchronous_commit = off')
        const [row] = await tx.query<Partial<PurgeResult & Reached>>(text, params)
        for (const name of Object.keys(purged) as (keyof PurgeResult)[]) purged[name] += row?.[name] ?? 0
        onProgress?.({ ...purged })
        return row
      })

    await withRollupLock(database, { schema, wait: true }, async (tx) => {
      // An owner in the dirty log may have no milestone yet, and no job that has noted its first event.
      const waiting = await tx.query<{ owner: string }>(
        `SELECT DISTINCT owner_id AS owner FROM ${tables.serviceUsageDirty}`,
        [],
      )
      await noteFirstReceived(
        tx,
        tables,
        waiting.map(({ owner }) => owner),
      )
      await settleMilestones(tx, tables)
    })
    for (let reached: string | null = null; ; ) {
      const startedMs = performance.now()
      const row: Partial<PurgeResult & Reached> | undefined = await inLock(archiveStatement(tables), [
        receivedBefore,
        chunkEvents,
        firstDay,
        new Date(nowMs).toISOString(),
        reached,
      ])
      if ((row?.events ?? 0) < chunkEvents) break
      reached = row?.reached ?? null
      await delay((performance.now() - startedMs) * restFactor)
    }
    const sums = [firstIdOf(idHours.firstMs), firstIdOf(Date.parse(firstDay))]
    await inLock(expireStatement(tables), [receivedBefore, firstDay, new Date(nowMs).toISOString(), ...sums])
    await inLock(forgetStatement(tables), [firstDay])
    if (await mayDeleteRefusals(database, tables)) {
      await inLock(refusalsStatement(tables), [receivedBefore, descriptionServicePropertyId])
    }
    if (purged.events + purged.rollups + purged.archives > 0) {
      await analyzeTables(database, [
        tables.tenantEvents,
        tables.serviceUsageArchives,
        ...usageTables(tables),
      ])
    }
    return purged
  })
}

/** Up to when everything is moved. */
interface Reached {
  reached: string | null
}

/**
 * Moves up to `$2` raw events received before `$1` into the archives, at the instant `$4`. Days before `$3` are
 * past the archives' own retention and are not added. `$5` is how far earlier statements have come: the index still has the entries of
 * everything that they moved, and skipping these each time would cost the square of their number.
 */
const archiveStatement = (tables: Tables): string => `
WITH expired AS (
  SELECT id FROM ${tables.tenantEvents} WHERE received_at < $1::timestamp(3)
    AND received_at >= COALESCE($5::timestamp(3), '-infinity')
  ORDER BY received_at LIMIT $2
),
moved AS (
  DELETE FROM ${tables.tenantEvents} event USING expired WHERE event.id = expired.id
  RETURNING event.owner_id, event.tenant_id, event.event_type, event.occurred_at, event.payload, event.id, event.producer_id,
    event.received_at
),
${sealEventsSql('moved', tables)},
archived AS (
  INSERT INTO ${tables.serviceUsageArchives} AS archive
    (owner_id, tenant_id, day, events, ${usageColumnNames.join(', ')}, archived_at)
  SELECT owner_id, tenant_id, day, events, ${usageColumnNames.map(clamped).join(', ')}, $4::timestamp(3)
  FROM (
    SELECT owner_id, tenant_id, occurred_at::date AS day, count(*) AS events, ${usageAggregatesSql('tolerant')}
    FROM moved
    WHERE event_type IN (${usageTypesSql}) AND occurred_at >= $3::date
    GROUP BY owner_id, tenant_id, occurred_at::date
  ) sums
  ORDER BY tenant_id, day
  ON CONFLICT (tenant_id, day, owner_id) DO UPDATE SET
    events = archive.events + EXCLUDED.events,
    ${usageColumnNames.map((name) => `${name} = ${clamped(`archive.${name}::numeric + EXCLUDED.${name}`)}`).join(', ')},
    archived_at = EXCLUDED.archived_at
)
SELECT count(*)::int AS events, ${isoSql('max(received_at)')} AS reached FROM moved`

const clamped = (sum: string): string =>
  `GREATEST(LEAST(${sum}, 9223372036854775807), -9223372036854775807)::bigint`

const sumsSql = (value: string): string =>
  `jsonb_build_object(${usageColumnNames.map((name) => `'${name}', ${value === '%' ? name : value}`).join(', ')})`

// Sums of purged ids from the bucket `$4` on and before `$5` go too: nothing is known any more about earlier ones.
const expireStatement = (tables: Tables): string => `
WITH unsealed AS (
  DELETE FROM ${tables.sealedEventIds} WHERE bucket COLLATE "C" >= $4 AND bucket COLLATE "C" < $5
  RETURNING producer_id, owner_id
),
floors AS (
  UPDATE ${tables.eventProducers} producer SET floor = $5 FROM (SELECT DISTINCT producer_id, owner_id FROM unsealed) unsealed
  WHERE producer.producer_id = unsealed.producer_id AND producer.owner_id = unsealed.owner_id
),
duplicates AS (
  DELETE FROM ${tables.tenantEventDuplicates} WHERE received_at < $1::timestamp(3) RETURNING 1
),
refusals AS (DELETE FROM ${tables.ingestRejectionCounts} WHERE minute < $1::timestamp(3)),
hours AS (DELETE FROM ${tables.receivedHours} WHERE hour < $1::timestamp(3)),
rollups AS (DELETE FROM ${tables.serviceUsageRollups} WHERE day < $2::date RETURNING 1),
totals AS (DELETE FROM ${tables.serviceUsageDailyTotals} WHERE day < $2::date RETURNING *),
restated AS (
  INSERT INTO ${tables.restatements} (id, owner_id, day, cause, before, after, restated_at)
  SELECT gen_random_uuid()::text, owner_id, day, 'deletion', ${sumsSql('%')}, ${sumsSql('0')}, $3::timestamp(3) FROM totals
),
forgotten AS (DELETE FROM ${tables.restatements} WHERE restated_at < $2::date),
notes AS (DELETE FROM ${tables.webhookDayNotes} WHERE day < $2::date),
alerts AS (DELETE FROM ${tables.webhookAlerts} WHERE ended_at < $2::date),
active AS (DELETE FROM ${tables.activeTenantDays} WHERE day < $2::date),
days AS (
  UPDATE ${tables.tenantActivity} activity SET active_days = known.active_days FROM (${forgottenDaysSql(tables)}) known
  WHERE activity.tenant_id = known.tenant_id AND activity.owner_id = known.owner_id
),
visitors AS (DELETE FROM ${tables.dailyVisitors} WHERE day < $2::date),
captures AS (
  DELETE FROM ${tables.leadCaptures} capture WHERE captured_on < $2::date
    AND NOT EXISTS (SELECT FROM ${tables.leadTouches} touch WHERE touch.capture_id = capture.id)
    AND NOT EXISTS (SELECT FROM ${tables.tenantCaptures} linked WHERE linked.capture_id = capture.id)
),
archives AS (DELETE FROM ${tables.serviceUsageArchives} WHERE day < $2::date RETURNING 1)
SELECT
  (SELECT count(*)::int FROM duplicates) AS duplicates,
  (SELECT count(*)::int FROM rollups) AS rollups,
  (SELECT count(*)::int FROM archives) AS archives`

/**
 * The bits of the tenants that were active before `$2` on other days than the two that are milestones, without those days. The
 * last day stays, because a tenant whose usage is kept may have completed no scan since.
 */
const forgottenDaysSql = (tables: Tables): string => `
  SELECT tenant_id, owner_id, CASE WHEN second < gone THEN set_bit(first, second, 1) ELSE first END
    || substring(active_days FROM gone + 1) AS active_days
  FROM ${tables.tenantActivity}
  CROSS JOIN LATERAL (SELECT GREATEST(LEAST($2::date - first_day, length(active_days) - 1), 0) AS gone, second_day - first_day AS second) span
  CROSS JOIN LATERAL (SELECT set_bit(repeat('0', gone)::varbit, 0, 1) AS first WHERE gone > 0) kept
  WHERE first_day < $2::date
    AND bit_count(substring(active_days FOR gone)) > 1 + COALESCE(second < gone, false)::int`

// A producer goes with the sums of what it sent, unless raw events of it are kept: then it has only stopped sending heartbeats.
//
// A tenant that still uses the service keeps its milestones: its next scan is not its first. In a statement of
// its own, after the rollups that have gone.
const forgetStatement = (tables: Tables): string => `
WITH milestones AS (
  DELETE FROM ${tables.tenantMilestones} milestone
  WHERE COALESCE(GREATEST(tenant_created_at, first_api_key_at, first_scan_at) < $1::date, true)
    AND NOT EXISTS (
      SELECT FROM ${tables.serviceUsageRollups} rollup
      WHERE rollup.tenant_id = milestone.tenant_id AND rollup.owner_id = milestone.owner_id
    )
    AND NOT EXISTS (
      SELECT FROM ${tables.tenantEvents} event
      WHERE event.tenant_id = milestone.tenant_id AND event.owner_id = milestone.owner_id
    )
  RETURNING milestone.tenant_id, milestone.owner_id
),
activity AS (
  DELETE FROM ${tables.tenantActivity} activity USING milestones
  WHERE activity.tenant_id = milestones.tenant_id AND activity.owner_id = milestones.owner_id
),
captures AS (
  DELETE FROM ${tables.tenantCaptures} linked USING milestones
  WHERE linked.tenant_id = milestones.tenant_id AND linked.owner_id = milestones.owner_id
),
producers AS (
  DELETE FROM ${tables.eventProducers} producer WHERE ${heardAtSql} < $1::date AND NOT EXISTS (
    SELECT FROM ${tables.tenantEvents} event
    WHERE event.producer_id = producer.producer_id AND event.owner_id = producer.owner_id
  )
  RETURNING producer.producer_id, producer.owner_id
),
sums AS (
  DELETE FROM ${tables.sealedEventIds} sealed USING producers
  WHERE sealed.producer_id = producers.producer_id AND sealed.owner_id = producers.owner_id
)
SELECT count(*)::int AS milestones FROM milestones`

// The table is the host's: a role that only adds to it leaves the deletion to the host.
const mayDeleteRefusals = async (database: Database, tables: Tables): Promise<boolean> => {
  const [row] = await database.transaction((tx) =>
    tx.query<{ may: boolean }>(
      // In one call a comma means "or".
      `SELECT has_table_privilege($1, 'SELECT') AND has_table_privilege($1, 'DELETE') AS may`,
      [tables.ingestRejections],
    ),
  )
  return row?.may === true
}

const refusalsStatement = (tables: Tables): string => `
WITH refusals AS (
  DELETE FROM ${tables.ingestRejections} WHERE property_id = $2::text AND occurred_at < $1::timestamp(3) RETURNING 1
)
SELECT count(*)::int AS refusals FROM refusals`
