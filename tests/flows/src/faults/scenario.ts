import type { OutboxCounts } from '@altcontext/webhook-emitter'
import type { OutboxRecordState, OutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import type { FaultBench } from './bench/fault-bench.ts'
import type { StoredEvent } from './judge-round.ts'

/**
 * One way to break the system. Each is a file of the folder `scenarios`, which exports it as `scenario` and is named after
 * it; nothing else has to know about it.
 */
export interface FaultScenario {
  /** What is done, in one sentence. */
  description: string
  /** How often it is chosen, in comparison with the others. A kill of one process has 15 to 30, most others have 5. */
  weight: number
  /** Why it cannot run on this machine (a program that is not installed); `undefined` when it can. */
  whyUnavailable?(): string | undefined
  /**
   * Makes events, breaks something, repairs it, and resolves when nothing is pending in the outbox. The caller ends
   * the remaining processes that the bench has started, and compares the events that the product was told about with the stored ones.
   *
   * @param round a name that nothing else has; valid as a tenant, a file name and the name of a schema
   * @throws when the system does not recover
   */
  run(bench: FaultBench, round: string): Promise<RoundOutcome>
}

export interface RoundOutcome {
  /** The ids of the events that the product was told are accepted. */
  told: Iterable<string>
  /** What the outbox says after everything is over: `readOutbox()`. */
  outbox: OutboxReading
  /** The stored events, where they are not in the bench's database. */
  stored?: readonly StoredEvent[]
  /** The messages at the broker, where one carried the events. */
  carried?: CarriedMessages | undefined
  /** What was done, for readers of the report. */
  done?: string | undefined
}

/** A message of a stream. An event that is sent again has another message id, unless only its publication is repeated. */
export interface CarriedMessage {
  /** The event's id. */
  id: string
  messageId: string
}

export interface CarriedMessages {
  messages: readonly CarriedMessage[]
  /** The broker's disks were emptied, so it need not have everything. */
  mayLose: boolean
}

/** The ledger, and the state of every event by its id. */
export interface OutboxReading {
  counts: OutboxCounts
  states: ReadonlyMap<string, OutboxRecordState>
}

/** Reads everything in an outbox, and closes the records. The scenarios prune nothing: every event is still there. */
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
