import { type PurgeResult, type PurgeRetentionOptions, purgeRetention } from '@altcontext/webhook-metrics'
import { fromPg, type PgPool } from '@altcontext/webhook-store'

/**
 * Applies the bridge's retention, for the script that purges the host's own tables every day: raw events are turned into sums
 * 90 days after their receipt; rollups and milestones are deleted after 24 months (roadmap §8).
 *
 * @throws {MetricsError} `invalid_options`, `contradicting_retention`
 *
 * @example
 * console.log(await purgeWebhooks(pool))
 */
export const purgeWebhooks = (pool: PgPool, options: PurgeRetentionOptions = {}): Promise<PurgeResult> =>
  purgeRetention(fromPg(pool), options)
