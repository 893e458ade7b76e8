import { dayMs } from '../days.ts'
import type { ReadContext } from './read-snapshot.ts'

/** SQL: when a producer was last heard from, by the receiver's clock. */
export const heardAtSql = 'GREATEST(first_seen_at, heartbeat_at, proof_at)'

/**
 * SQL: whether a producer is retired, because nothing was heard from it for seven days. Outboxes come and go with the machines
 * that they are on, and nobody has to sign one off. A retired one holds no number back, and what it has proven stays until the numbers
 * of those days go.
 */
export const isRetiredSql = ({ nowMs, param }: Pick<ReadContext, 'nowMs' | 'param'>): string =>
  `${heardAtSql} < ${param(new Date(nowMs - 7 * dayMs).toISOString(), 'timestamp(3)')}`
