import { type AnyContract, type AnyWebhookEvent, withoutPrivateFields } from '@altcontext/webhook-contract'
import { createTables, type Tables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'
import { databaseFaultOf, faultPlaceOf, sqlStateOf, statementSentenceOf } from '../database/database-fault.ts'
import { ownerOf } from '../database/lead-scope.ts'
import { isStoreError, StoreError } from '../store-error.ts'
import { type DeclaredEventTypes, declaredEventTypes } from './declared-event-types.ts'
import { insertStatement } from './insert-statement.ts'

/** A parsed event with its identity. Private fields are still in it: the store needs the address, once. */
export interface EventToStore {
  /** A UUID; the same id is the same event. */
  id: string
  event: AnyWebhookEvent
  /** The durable outbox that it comes from, a UUID. @default unknown */
  producer?: string | undefined
}

export type WriteResult =
  /** `duplicate`: an event with this id was stored before, or comes earlier in the same call. */
  | { status: 'stored' | 'duplicate'; eventId: string }
  /** The event holds a value that PostgreSQL cannot store. `reason` is its SQLSTATE. */
  | { status: 'refused'; eventId: string; reason: string }
  /**
   * A constraint or a trigger that the host added refuses the row. The event is valid and may be
   * sent again once that is corrected. `place` names the constraint, or the table and its column.
   */
  | { status: 'failed'; eventId: string; reason: string; place: string | undefined }

export interface InsertEventsOptions {
  /** Says which fields are private, which field names the lead, and which events are milestones or change a day. */
  contract: AnyContract
  /** @default the connection's search path */
  schema?: string | undefined
  /** The clock, for the instant of receipt. @default Date.now() */
  nowMs?: number | undefined
  /** How long a statement may go without a response. @default 8_000 */
  timeoutMs?: number | undefined
}

/**
 * Writes events: each exactly once, linked to its lead, with its milestones and its dirty day, in one
 * transaction. Results come in the order of the events. Safe to call with the same events from any number of
 * processes at once.
 *
 * An event that the database refuses fails alone, whether the event is at fault or a constraint of the host. After a deadlock, or if a lead was deleted meanwhile, the statement is tried again.
 *
 * @throws {StoreError} `database_unavailable` or `database_error`: whether anything was written is unknown.
 */
export const insertEvents = async (
  database: Database,
  events: readonly EventToStore[],
  { contract, schema, nowMs = Date.now(), timeoutMs = 8000 }: InsertEventsOptions,
): Promise<WriteResult[]> => {
  const rows = distinctRows(events, contract)
  const write = {
    database,
    tables: createTables(schema),
    declared: declaredEventTypes(contract),
    receivedAt: new Date(nowMs).toISOString(),
    timeoutMs,
    searches: maxSearches,
  }
  const outcomes = await writeRows(write, [...rows.values()])

  const seen = new Set<string>()
  return events.map(({ id }) => {
    const eventId = id.toLowerCase()
    const outcome = outcomes.get(eventId) ?? { status: 'duplicate', eventId }
    if (outcome.status !== 'stored') return outcome
    const isCopy = seen.has(eventId)
    seen.add(eventId)
    return isCopy ? { status: 'duplicate', eventId } : outcome
  })
}

interface Row {
  id: string
  tenant_id: string
  event_type: string
  occurred_at: string
  payload: Record<string, unknown>
  email: string | null
  copies: number
  producer_id: string | undefined
}

interface Write {
  database: Database
  tables: Tables
  declared: DeclaredEventTypes
  receivedAt: string
  timeoutMs: number
  /** How many more statements may be spent on finding the rows that the host's constraints refuse. */
  searches: number
}

const distinctRows = (events: readonly EventToStore[], contract: AnyContract): Map<string, Row> => {
  const rows = new Map<string, Row>()
  for (const { id, event, producer } of events) {
    const key = id.toLowerCase()
    const known = rows.get(key)
    if (known === undefined) rows.set(key, { ...toRow(key, event, contract), producer_id: producer })
    else known.copies += 1
  }
  return rows
}

const toRow = (id: string, event: AnyWebhookEvent, contract: AnyContract): Omit<Row, 'producer_id'> => ({
  id,
  tenant_id: event.tenantId,
  event_type: event.eventType,
  occurred_at: event.occurredAt,
  payload: withoutPrivateFields(contract, event).payload,
  email: leadAddressOf(event, contract),
  copies: 1,
})

const leadAddressOf = ({ eventType, payload }: AnyWebhookEvent, { events }: AnyContract): string | null => {
  const field = Object.hasOwn(events, eventType) ? events[eventType]?.leadAddress : undefined
  return field === undefined ? null : normaliseAddress(payload[field])
}

/** As the host normalises the address of a lead: trim, lower-case, nothing else. */
const normaliseAddress = (address: unknown): string | null =>
  typeof address === 'string' && address.trim() !== '' ? address.trim().toLowerCase() : null

const writeRows = async (write: Write, rows: Row[]): Promise<Map<string, WriteResult>> => {
  if (rows.length === 0) return new Map()
  try {
    const stored = await commitRows(write, rows)
    return new Map(
      rows.map(({ id }) => [id, { status: stored.has(id) ? 'stored' : 'duplicate', eventId: id }] as const),
    )
  } catch (error) {
    const fault = databaseFaultOf(error)
    if (fault !== 'row' && fault !== 'host') throw toStoreError(error)
    if (fault === 'host') write.searches -= 1
    if (rows.length === 1 || write.searches < 0) {
      return new Map(rows.map(({ id }) => [id, refusalOf(id, fault, error)] as const))
    }
    // Only the database can say which row it refuses: halve the batch until that row is alone.
    const middle = Math.ceil(rows.length / 2)
    const first = await writeRows(write, rows.slice(0, middle))
    return new Map([...first, ...(await writeRows(write, rows.slice(middle)))])
  }
}

// One bad row among 500 is found with 18 statements. But a column that every row lacks must not cost a thousand statements each time.
const maxSearches = 32

const refusalOf = (eventId: string, fault: 'row' | 'host', error: unknown): WriteResult => {
  const reason = sqlStateOf(error) ?? 'unknown'
  return fault === 'row'
    ? { status: 'refused', eventId, reason }
    : { status: 'failed', eventId, reason, place: faultPlaceOf(error) }
}

const maxAttempts = 5

const commitRows = async (write: Write, rows: Row[], attempt = 1): Promise<Set<string>> => {
  const isScoped = write.database.leadScope !== undefined
  const statement = insertStatement(write.tables, { isScoped, declared: write.declared })
  const params = [JSON.stringify(rows), write.receivedAt, ownerOf(write.database)]
  try {
    const stored = await write.database.transaction(
      (tx) => tx.query<{ id: string }>(statement, params, { isRepeated: true, isOnly: true }),
      { timeoutMs: write.timeoutMs, needsStandby: true },
    )
    return new Set(stored.map(({ id }) => id))
  } catch (error) {
    if (databaseFaultOf(error) !== 'conflict' || attempt === maxAttempts) throw error
    return commitRows(write, rows, attempt + 1)
  }
}

const toStoreError = (error: unknown): StoreError => {
  if (isStoreError(error)) return error
  // The driver's own message can quote a value of the statement; its code cannot.
  const state = sqlStateOf(error)
  const sentence = statementSentenceOf(error)
  return databaseFaultOf(error) === 'statement'
    ? new StoreError(
        'database_error',
        `Failed to write events: PostgreSQL responded with ${state}${sentence === undefined ? '' : ` (${sentence})`}. Apply the migrations and check the rights of the database user.`,
        { cause: error },
      )
    : new StoreError(
        'database_unavailable',
        `Failed to write events: the database is not available${state === undefined ? '' : ` (${state})`}. Send them again later.`,
        { cause: error },
      )
}
