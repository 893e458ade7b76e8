import type { AnyContract } from '@altcontext/webhook-contract'
import { erasePrivateFields } from '../durable/erase-private-fields.ts'
import { type KnownRow, toOutboxEvent } from '../durable/event-row.ts'
import { keptBodySql } from '../durable/kept-body.ts'
import {
  addToLedger as addToLedgerChange,
  type LedgerChange,
  type LedgerCounter,
} from '../durable/outbox-ledger.ts'
import type { OutboxRecordState } from '../durable/outbox-records.ts'
import type { Insertion, InsertLimits, OutboxClaim } from '../durable/outbox-storage.ts'
import { quoteLiteral } from '../durable/quote-literal.ts'
import type { Acceptance, NewOutboxEvent, OutboxEvent, Settlement } from '../outbox.ts'
import { sealingCtes } from './completeness.ts'
import type { PostgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'

/** One relay among several. */
export interface PostgresHolder {
  /** Identifies this process. Only the holder of a claim may give it a wait or renew it. */
  id: string
  /** Its row in the ledger. */
  slot: number
}

/** The statements on the events of a database, each a transaction of its own together with its ledger entries. */
export const createPostgresEvents = (
  pool: PostgresPool,
  names: PostgresOutboxNames,
  holder: PostgresHolder,
  contract: AnyContract,
) => {
  const { events, ledger, claim, clock, withoutFields } = names
  const keptBody = keptBodySql(
    contract,
    'event',
    (body, fields) => `${withoutFields}(${body}, ARRAY[${fields.map(quoteLiteral).join(', ')}])`,
  )
  const addToLedger = (counted: string): string =>
    `INSERT INTO ${ledger} AS known (slot, counter, events) ${counted}
     ON CONFLICT (slot, counter) DO UPDATE SET events = known.events + excluded.events`

  /** The usual case: a batch whose events were all stored at the same attempt. */
  const settleDelivered = async (
    settlements: readonly Settlement[],
    { status, attempts }: { status: 'stored' | 'duplicate'; attempts: number },
  ): Promise<LedgerChange> => {
    const { rows } = await pool.query(
      `WITH changed AS (
         UPDATE ${events} AS event SET state = $2, attempts = $3, body = ${keptBody}, holder = NULL, changed_at = now(),
           is_compared = event.is_compared OR $2 = 'delivered' OR $3 > 1
         WHERE id = ANY($1::uuid[]) AND ${isPending('state')} RETURNING 1
       ), counted AS (
         SELECT $2::text AS state, count(*) AS events FROM changed HAVING count(*) > 0
       ), booked AS (
         ${addToLedger('SELECT $4, state, events FROM counted')}
       )
       SELECT state, events::int AS events FROM counted`,
      [settlements.map(({ id }) => id).sort(), stateOf[status], attempts, holder.slot],
    )
    return toLedgerChange(rows)
  }

  /** A known event is emitted again: one that is dead or dropped is replayed by that, if it is not too old. */
  const reviveKnown = async (group: readonly NewOutboxEvent[], oldestMs: number): Promise<KnownInsertion> => {
    const { rows } = await pool.query(
      `WITH known AS (
         SELECT event.id, event.state, event.reason, given.body,
           event.accepted_at < to_timestamp($4::float8 / 1000) AS is_expired
         FROM unnest($1::uuid[], $2::text[]) AS given (id, body) JOIN ${events} AS event USING (id)
         ORDER BY event.id FOR UPDATE OF event
       ), revived AS (
         UPDATE ${events} AS event SET state = 'pending', body = known.body, reason = NULL, attempts = 0, due_at = now(),
           changed_at = now(), is_erased = false, history = event.history || ${replayedEntry}
         FROM known WHERE event.id = known.id AND known.state IN ('dead', 'dropped') AND NOT known.is_expired
       ), counted AS (
         SELECT CASE WHEN is_expired THEN 'dropped:expired' WHEN state = 'dead' THEN 'dead' ELSE 'dropped:' || reason END
             AS counter,
           sum(CASE WHEN is_expired THEN 1 ELSE -1 END) AS events
         FROM known WHERE state IN ('dead', 'dropped') GROUP BY 1
       ), booked AS (
         ${addToLedger('SELECT $3, counter, events FROM counted')}
       )
       SELECT id, state, reason, is_expired FROM known`,
      [group.map(({ id }) => id), group.map(({ body }) => body), holder.slot, oldestMs],
    )
    const changes: LedgerChange = {}
    const acceptances = new Map<string, Acceptance>()
    for (const { id, state, reason, is_expired: isExpired } of rows as (KnownRow & {
      is_expired: boolean
    })[]) {
      if (state === 'delivered' || state === 'duplicate') {
        acceptances.set(id, { status: 'accepted', isDelivered: true })
      } else if (state !== 'pending' && isExpired) {
        acceptances.set(id, { status: 'dropped', reason: 'expired' })
        addToLedgerChange(changes, 'accepted')
        addToLedgerChange(changes, 'dropped:expired')
      } else if (state !== 'pending') {
        addToLedgerChange(changes, state === 'dead' ? 'dead' : `dropped:${reason}`, -1)
      }
    }
    return { changes, acceptances }
  }

  const insertAll = async (group: readonly NewOutboxEvent[], oldestMs: number): Promise<KnownInsertion> => {
    if (group.length === 0) return { changes: {}, acceptances: new Map() }
    const { rows } = await pool.query(
      `INSERT INTO ${events} (id, event_type, body, traceparent, accepted_at)
       SELECT given.*, greatest(now(), (SELECT max(mark) FROM ${clock}))
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS given
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [
        group.map(({ id }) => id),
        group.map(({ eventType }) => eventType),
        group.map(({ body }) => body),
        group.map(({ traceparent }) => traceparent ?? null),
      ],
    )
    if (rows.length === group.length) return { changes: { accepted: rows.length }, acceptances: new Map() }
    const inserted = new Set(rows.map(({ id }) => id))
    const { changes, acceptances } = await reviveKnown(
      group.filter(({ id }) => !inserted.has(id)),
      oldestMs,
    )
    return { changes: { ...changes, accepted: (changes.accepted ?? 0) + rows.length }, acceptances }
  }

  const settleAny = async (settlements: readonly Settlement[]): Promise<LedgerChange> => {
    const { rows } = await pool.query(
      `WITH settled AS (
         SELECT event.id, said.state, said.attempts, said.reason, said.delay_ms, said.entry
         FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::float8[], $6::jsonb[])
           AS said (id, state, attempts, reason, delay_ms, entry)
         JOIN ${events} AS event USING (id)
         -- Again, because a backlog that PostgreSQL has not counted yet is read as a whole for the join alone.
         WHERE event.id = ANY($1::uuid[]) AND ${isPending('event.state')} AND (said.state <> 'pending' OR event.holder = $7)
         -- In one order everywhere: two settlements of the same events must not wait for each other.
         ORDER BY event.id FOR UPDATE OF event
       ), changed AS (
         UPDATE ${events} AS event SET state = settled.state, attempts = settled.attempts, reason = settled.reason,
           body = CASE WHEN settled.state IN ('delivered', 'duplicate') THEN ${keptBody} ELSE event.body END,
           due_at = now() + settled.delay_ms * interval '1 millisecond', holder = NULL, changed_at = now(),
           is_compared = event.is_compared OR settled.state = 'delivered' OR (settled.state = 'duplicate' AND settled.attempts > 1),
           history = CASE WHEN settled.entry IS NULL THEN event.history
             ELSE (CASE WHEN jsonb_array_length(event.history) < 50 THEN event.history ELSE event.history - 0 END)
               || jsonb_build_array(settled.entry || ${entryTime}) END
         FROM settled WHERE event.id = settled.id
         RETURNING event.state
       ), counted AS (
         SELECT state, count(*) AS events FROM changed WHERE state <> 'pending' GROUP BY state
       ), booked AS (
         ${addToLedger('SELECT $8, state, events FROM counted')}
       )
       SELECT state, events::int AS events FROM counted`,
      [
        settlements.map(({ id }) => id),
        settlements.map(({ status }) => stateOf[status]),
        settlements.map(({ attempts }) => attempts),
        settlements.map((settlement) => (settlement.status === 'dead' ? settlement.reason : null)),
        settlements.map((settlement) => (settlement.status === 'retry' ? settlement.delayMs : 0)),
        settlements.map(toEntry),
        holder.id,
        holder.slot,
      ],
    )
    return toLedgerChange(rows)
  }

  return {
    /** Events for which there is no room are refused and counted. They never displace others, which may be another relay's. */
    async insert(group: readonly NewOutboxEvent[], { room, oldestMs }: InsertLimits): Promise<Insertion> {
      const { acceptances, changes } = await insertAll(group.slice(0, room), oldestMs)
      const refused = group.slice(room)
      if (refused.length > 0) {
        await pool.query(addToLedger(`VALUES ($1, 'dropped:queue_full', $2)`), [holder.slot, refused.length])
        addToLedgerChange(changes, 'accepted', refused.length)
        addToLedgerChange(changes, 'dropped:queue_full', refused.length)
      }
      for (const { id } of refused) acceptances.set(id, { status: 'dropped', reason: 'queue_full' })
      return { acceptances, evicted: [], changes }
    },

    async claim({ maxEvents, leaseMs, oldestMs }: OutboxClaim): Promise<OutboxEvent[]> {
      const { rows } = await pool.query(
        `SELECT seq::float8 AS seq, id, event_type, body, traceparent, attempts
         FROM ${claim}($1, $2, $3, extract(epoch FROM now())::float8 * 1000 - $4)`,
        [maxEvents, leaseMs, holder.id, oldestMs],
      )
      return rows
        .sort((a, b) => a.seq - b.seq)
        .map((row) => ({ ...toOutboxEvent(row), attempts: row.attempts }))
    },

    async renew(ids: readonly string[], leaseMs: number): Promise<void> {
      await pool.query(
        `UPDATE ${events} SET due_at = now() + $2 * interval '1 millisecond'
         WHERE id = ANY($1::uuid[]) AND ${isPending('state')} AND holder = $3 AND due_at > now()`,
        [ids, leaseMs, holder.id],
      )
    },

    async settle(settlements: readonly Settlement[]): Promise<LedgerChange> {
      const [first] = settlements
      const isUniform =
        first !== undefined &&
        !('detail' in first) &&
        settlements.every(({ status, attempts }) => status === first.status && attempts === first.attempts)
      return isUniform ? settleDelivered(settlements, first) : settleAny(settlements)
    },

    /** Some of the events that have waited too long and are not being sent; empty when there are no more. */
    async dropExpired(beforeMs: number): Promise<NewOutboxEvent[]> {
      const { rows } = await pool.query(
        `WITH expired AS (
           SELECT id, event_type, body, traceparent FROM ${events}
           WHERE state = 'pending' AND accepted_at < to_timestamp($1::float8 / 1000)
             AND (holder IS NULL OR due_at <= now())
           ORDER BY seq LIMIT 10000 FOR UPDATE SKIP LOCKED
         ), changed AS (
           UPDATE ${events} AS event SET state = 'dropped', reason = 'expired', body = NULL, changed_at = now()
           FROM expired WHERE event.id = expired.id RETURNING event.id
         ), booked AS (
           ${addToLedger(`SELECT $2, 'dropped:expired', count(*) FROM changed HAVING count(*) > 0`)}
         )
         SELECT expired.* FROM expired JOIN changed USING (id)`,
        [beforeMs, holder.slot],
      )
      return rows.map(toOutboxEvent)
    },

    async erasePrivateFieldsOfDead(beforeMs: number, contract: AnyContract): Promise<void> {
      const { rows } = await pool.query(
        `SELECT id, body FROM ${events} WHERE state = 'dead' AND NOT is_erased AND ${isBefore('$1')} LIMIT 5000`,
        [beforeMs],
      )
      if (rows.length === 0) return
      await pool.query(
        `UPDATE ${events} AS event SET body = erased.body, is_erased = true
         FROM unnest($1::uuid[], $2::text[]) AS erased (id, body) WHERE event.id = erased.id AND event.state = 'dead'`,
        [rows.map(({ id }) => id), rows.map(({ body }) => erasePrivateFields(contract, body))],
      )
    },

    async prune(settledBeforeMs: number, deadBeforeMs: number): Promise<void> {
      await pool.query(
        `WITH deleted AS (
           DELETE FROM ${events} WHERE id IN (
             SELECT id FROM ${events} WHERE state <> 'pending' AND changed_at < to_timestamp($3::float8 / 1000)
               AND ${isBefore("CASE state WHEN 'dead' THEN $2::float8 ELSE $1::float8 END")}
             LIMIT 50000 FOR UPDATE SKIP LOCKED)
           RETURNING id, state, is_compared
         ), ${sealingCtes('deleted', names)}
         SELECT`,
        [settledBeforeMs, deadBeforeMs, Math.max(settledBeforeMs, deadBeforeMs)],
      )
    },
  }
}

/** SQL: whether an event has not changed since. A change comes after the event, even if the clock was behind when it was written down. */
const isBefore = (ms: string): string =>
  `greatest(changed_at, accepted_at) < to_timestamp((${ms})::float8 / 1000)`

/** `acceptances` only for ids that exist already and do not wait. */
interface KnownInsertion {
  changes: LedgerChange
  acceptances: Map<string, Acceptance>
}

/**
 * SQL that is true for waiting events, in a form that uses no index. A few rows are looked up by their ids; a backlog that
 * PostgreSQL has not counted yet also looks like a few rows, and it would read that index for all of them.
 */
const isPending = (state: string): string => `CASE WHEN ${state} = 'pending' THEN true END`

export const entryTime = `jsonb_build_object('at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`
export const replayedEntry = `jsonb_build_array('{"what":"replayed","attempts":0}'::jsonb || ${entryTime})`

const stateOf = { stored: 'delivered', duplicate: 'duplicate', dead: 'dead', retry: 'pending' } as const

// That an event was delivered is in the row's own columns; writing it twice would cost a tenth of the throughput.
const toEntry = (settlement: Settlement): string | null => {
  if (!('detail' in settlement)) return null
  const { status: what, attempts, detail } = settlement
  return JSON.stringify({ what, attempts, detail })
}

const toLedgerChange = (rows: readonly { state: OutboxRecordState; events: number }[]): LedgerChange =>
  Object.fromEntries(
    rows.map(({ state, events }): [LedgerCounter, number] => [state as LedgerCounter, events]),
  )
