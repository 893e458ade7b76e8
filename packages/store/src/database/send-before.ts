import { StoreError } from '../store-error.ts'
import type { BeforeTransaction, Database, LeadScope } from './database.ts'
import { sqlStateOf } from './database-fault.ts'

/** @throws {StoreError} `context_failed`: whatever the host's code threw, the events are not at fault. */
export const sendBefore = async (
  beforeTransaction: BeforeTransaction | undefined,
  tx: Database,
  leadScope: LeadScope | undefined,
): Promise<void> => {
  try {
    await beforeTransaction?.(tx, leadScope)
  } catch (cause) {
    const state = sqlStateOf(cause)
    throw new StoreError(
      'context_failed',
      `Failed to begin a transaction: beforeTransaction threw${state === undefined ? '' : ` (${state})`}. Correct the customer or the rights that it uses; the cause is what it threw.`,
      { cause },
    )
  }
}
