import type { HostDatabase } from '../database/host-tables.ts'
import { transaction } from '../database/transaction.ts'
import { oldestKeptDay } from './raw-retention.ts'

/**
 * Deletes events, sessions and visitors that are older than 90 days, and refusals of that age; whole UTC
 * days only.
 */
export const purgeVisits = async (database: HostDatabase, { now }: { now: Date }) => {
  const before = oldestKeptDay(now)
  return transaction(database, async ({ client, tables }) => {
    const purge = async (sql: string) => (await client.query(sql, [before])).rowCount ?? 0
    return {
      events: await purge(`DELETE FROM ${tables.events} WHERE timestamp < $1::date`),
      sessions: await purge(`DELETE FROM ${tables.sessions} WHERE last_activity_at < $1::date`),
      visitors: await purge(`DELETE FROM ${tables.visitors} WHERE last_seen_at < $1::date`),
      rejections: await purge(`DELETE FROM ${tables.ingestRejections} WHERE occurred_at < $1::date`),
    }
  })
}
