import type { Database } from '@altcontext/webhook-store'
import { daySql, part, type ReadOptions, readSnapshot } from './read-snapshot.ts'

/** A property of the host that its daily rollups count. */
export interface MarketingProperty {
  propertyId: string
  /** Days with a rollup. */
  days: number
  lastDay: string
}

/** The host's properties that have daily rollups, the one with the newest first: one of them is the marketing site. */
export const readMarketingProperties = async (
  database: Database,
  options: ReadOptions = {},
): Promise<MarketingProperty[]> => {
  const { properties } = await readSnapshot(database, options, ({ tables }) => ({
    properties: part<MarketingProperty[]>(
      `SELECT COALESCE(json_agg(json_build_object('propertyId', property_id, 'days', days, 'lastDay', ${daySql('last_day')})
         ORDER BY last_day DESC, days DESC, property_id), '[]')
       FROM (
         SELECT property_id, count(*) AS days, max(day) AS last_day
         FROM ${tables.dailyMetricRollups} rollup GROUP BY property_id
       ) by_property`,
    ),
  }))
  return properties
}
