import type { Database } from '@altcontext/webhook-store'
import type { Funnel } from '../responses/funnel.ts'
import { type FunnelOptions, funnelParts, toFunnel } from './funnel-part.ts'
import { type ReadOptions, readSnapshot } from './read-snapshot.ts'

export interface ReadFunnelOptions extends ReadOptions, FunnelOptions {}

/**
 * The acquisition funnel alone, for the host's own `GET /v1/metrics/summary?includeFunnel=true` (roadmap §6).
 *
 * @example
 * const funnel = await readFunnel(fromPg(pool), {
 *   window: { from: '2026-01-14', to: '2026-02-13' },
 *   marketingPropertyId: 'marketing-site',
 * })
 */
export const readFunnel = async (database: Database, options: ReadFunnelOptions): Promise<Funnel> => {
  const read = await readSnapshot(database, options, (context) => funnelParts(context, options))
  return toFunnel(read, options)
}
