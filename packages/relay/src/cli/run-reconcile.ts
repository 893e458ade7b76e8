import { type ReconcileReport, reconcileOutbox, resolveEmitterOptions } from '@altcontext/webhook-emitter'
import type { OutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { invalidOptions } from '../relay-error.ts'
import type { RelayEnvironment } from '../relay-options.ts'
import { formatReconciliation } from './format-reconciliation.ts'
import { parseMoment } from './run-records.ts'

export interface ReconcileContext {
  records: OutboxRecords
  env: RelayEnvironment
  isJson: boolean
  write(text: string): void
  nowMs: number
  signal: AbortSignal
}

export interface ReconcileFlags {
  url?: string | undefined
  since?: string | undefined
  repair?: true | undefined
  dryRun?: true | undefined
}

/**
 * Compares what was delivered with what the receiver has. Resolves with whether the receiver has everything, after
 * missing events were sent again.
 */
export const runReconcile = async (
  { records, env, isJson, write, nowMs, signal }: ReconcileContext,
  { url, since, repair, dryRun }: ReconcileFlags,
): Promise<boolean> => {
  if (repair === true && dryRun === true) {
    throw invalidOptions(
      'Failed to reconcile: --repair and --dry-run are both given, expected one of them. Correct the flags.',
    )
  }
  const settings = resolveEmitterOptions(
    {
      url: url ?? env.WEBHOOK_URL,
      adminKey: env.ADMIN_API_KEY,
      signingSecret: env.WEBHOOK_SIGNING_SECRET?.split(/[\s,]+/),
    } as Parameters<typeof resolveEmitterOptions>[0],
    { url: 'WEBHOOK_URL', adminKey: 'ADMIN_API_KEY', signingSecret: 'WEBHOOK_SIGNING_SECRET' },
  )
  const report = await reconcileOutbox(records.completeness, settings, {
    sinceMs: since === undefined ? undefined : parseMoment(since, nowMs),
    isDryRun: dryRun === true,
    signal,
    onProgress: ({ stage, events }) => {
      if (!isJson) write(`${stage === 'comparing' ? 'Compared' : 'Sent again'} ${events} events so far …`)
    },
  })
  write(isJson ? JSON.stringify(report) : formatReconciliation(report))
  return isComplete(report)
}

const isComplete = ({ lost, unrepaired, gaps, isDryRun }: ReconcileReport): boolean =>
  unrepaired.length === 0 && gaps.length === 0 && !(isDryRun && lost.length > 0)
