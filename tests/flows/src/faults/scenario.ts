import type { OutboxCounts } from '@altcontext/webhook-emitter'
import type { OutboxRecordState, OutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import type { FaultBench } from './bench/fault-bench.ts'
import type { StoredEvent } from './judge-round.ts'

/**
 * One way to break the system. Each is a file of the folder `scenarios`, which exports it as `scenario` and is named after
 * it; nothing else has to know of it.
 */
export interface FaultScenario {
  /** What is done, in one sentence. */
  description: string
  /** How often it is chosen, in comparison with the others. A kill of one process has 15 to 30, most others have 5. */
  weight: number
  /** Why it cannot run on this machine (a program that is not installed); `undefined` when it can. */
  whyUnavailable?(): string | undefined
  /**
   * Makes events, breaks something, heals it, and resolves when the outbox holds nothing that is pending. The caller ends
   * what is left of the processes that the bench has started, and compares what was told with what is stored.
   *
   * @param round a name that nothing else has; a valid tenant, file name and name of a schema
   * @throws when the system does not recover
   */
  run(bench: FaultBench, round: string): Promise<RoundOutcome>
}

export interface RoundOutcome {
  /** The ids of which the product was told that they are accepted. */
  told: Iterable<string>
  /** What the outbox says after everything is over: `readOutbox()`. */
  outbox: OutboxReading
  /** What is stored, where that is not in the bench's database. */
  stored?: readonly StoredEvent[]
  /** What a broker holds of it, where one carried the events. */
  carried?: CarriedMessages | undefined
  /** What was done, for who reads the report. */
  done?: string | undefined
}

/** A message of a stream. An event that is sent again has another message id, unless it is the broker that is asked again. */
export interface CarriedMessage {
  /** The event's. */
  id: string
  messageId: string
}

export interface CarriedMessages {
  messages: readonly CarriedMessage[]
  /** The broker's disks were emptied, so that it need not have everything. */
  mayLose: boolean
}

/** The ledger, and the state of every event by its id. */
export interface OutboxReading {
  counts: OutboxCounts
  states: ReadonlyMap<string, OutboxRecordState>
}

/** Reads all that an outbox knows, and closes the records. The scenarios prune nothing: every event is still there. */
export const readOutbox = async (records: OutboxRecords): Promise<OutboxReading> => {
  try {
    const events = await records.list({ limit: 1_000_000 })
    return {
      counts: await records.counts(),
      states: new Map(events.map(({ id, state }) => [id, state])),
    }
  } finally {
    await records.close()
  }
}
