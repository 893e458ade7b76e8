import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ReconcileReport } from '@altcontext/webhook-emitter'
import pg from 'pg'
import { examplePrisma, migrate } from '../bench/migrate.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { compareOutbox, expectIds } from '../completeness/compare-outbox.ts'
import type { StoredEvent } from '../judge-round.ts'
import { waitUntilEmpty } from '../load/wait-until-empty.ts'
import { type RoundOutcome, readOutbox } from '../scenario.ts'
import { checkNumbers } from './check-numbers.ts'
import { type FailoverKind, failoverKinds, startDatabasePair } from './start-database-pair.ts'
import { startLoad, type Way } from './start-load.ts'
import { measureWithoutStandby, productName } from './without-standby.ts'

export interface FailoverOptions {
  rounds: number
  /** How many relays on the database's outbox, and how many consumers. @default 2 */
  copies?: number
  /** Python's `deliver` takes the place of those relays. @default false */
  isPython?: boolean
  /** What becomes of the old primary, one after the other. @default all; with an asynchronous standby `gone` and `silent` */
  kinds?: readonly FailoverKind[]
  /** `local` is an asynchronous standby, and loses events by design: they are counted, and nothing is thrown. @default 'on' */
  synchronousCommit?: string
  /** For how long the standby has received nothing when the primary is killed. @default random, up to 300 */
  lagMs?: number
  /** For how long the standby is stopped after the last failover, at least 30 s. @default 0: it is not */
  awayMs?: number
  onRound?: (report: FailoverRound) => void
  /** How many connections of our processes waited for the standby early on and at the end of that time, and how soon events were stored again. */
  onAway?: (report: { early: number; late: number; storedAfterMs: number }) => void
}

export interface FailoverRound {
  round: number
  kind: FailoverKind
  /** From the moment when the new standby was there until events of all ways that were accepted after it are stored. */
  storedAfterMs: number
  /** Events of this round that the workers had counted when the numbers were compared. */
  counted: number
  /** Events of all ways whose digests were compared. */
  compared: number
}

export interface WayOutcome extends RoundOutcome {
  name: Way['name']
  stored: readonly StoredEvent[]
  /** How many events the comparisons of digests have named and sent again. */
  found: number
}

/** Responds before the standby has what was committed. */
const respondsEarly = (synchronousCommit: string): boolean => ['off', 'local'].includes(synchronousCommit)

/**
 * Everything that uses a database runs on one that fails over, again and again, under load: the primary is killed, and its synchronous
 * standby promoted behind an address that moves. Events come over HTTP, from a stream, and from an outbox that is in this database. None of
 * the processes is started again. After each promotion events of all ways are stored, rollups are compared with our own count, and the
 * digests of the delivered events with those of the stored ones.
 *
 * @throws when something does not continue by itself within a minute and a half, or a number is wrong
 */
export const measureFailover = async ({
  rounds,
  copies = 2,
  isPython = false,
  synchronousCommit = 'on',
  // With a setting that responds early, events are written to a stale primary for as long as somebody is connected to it.
  kinds = respondsEarly(synchronousCommit) ? (['gone', 'silent'] as const) : failoverKinds,
  lagMs,
  awayMs = 0,
  onRound = () => {},
  onAway = () => {},
}: FailoverOptions): Promise<WayOutcome[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-failover-'))
  await using ending = new AsyncDisposableStack()
  ending.defer(() => rmSync(folder, { recursive: true, force: true }))
  const pair = await startDatabasePair(synchronousCommit)
  ending.defer(() => pair.close())
  await migrate(pair.url, examplePrisma)
  await pair.replicate()
  // A connection for each read, so that none waits where the old primary has gone silent.
  const pool = openPool(ending, { connectionString: pair.url, maxUses: 1, query_timeout: 60_000 })
  const productPool = openPool(ending, {
    connectionString: pair.url,
    maxUses: 1,
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
    application_name: productName,
  })

  let round = 0
  const tenantOf = (way: Way['name'], of = round): string => `failover_${way}_${of}`
  const { ways, processes, receiverUrl } = await startLoad(ending, {
    url: pair.url,
    pool,
    productPool,
    folder,
    copies,
    isPython,
    tenant: tenantOf,
  })
  const found = new Map(ways.map((way) => [way, 0]))
  const compareDigests = async (way: Way): Promise<number> => {
    const { lost, unrepaired, unexplained, gaps, compared } = await compareUntilResponse(way, receiverUrl)
    found.set(way, (found.get(way) ?? 0) + lost.length)
    if (respondsEarly(synchronousCommit)) return compared
    expectIds(
      `lost on the way ${way.name}`,
      [...lost, ...unrepaired].map(({ eventId }) => eventId),
      [],
    )
    expectIds(`unexplained on the way ${way.name}`, unexplained, [])
    if (gaps.length > 0) throw new Error(`${gaps.length} gaps on the way ${way.name}`)
    return compared
  }
  const isStored = async (ids: readonly string[]): Promise<boolean> => {
    const result = await pool
      .query('SELECT FROM tenant_events WHERE id = ANY($1) LIMIT 1', [ids])
      .catch(() => undefined)
    return (result?.rows.length ?? 0) > 0
  }
  const storedOfEach = (what: string, from: readonly number[]): Promise<unknown> =>
    Promise.all(
      ways.map(({ name, producer }, at) =>
        waitUntil(`${what} (${name})`, () => isStored(producer.told.slice(from[at]))),
      ),
    )
  const toldOfEach = () => ways.map(({ producer }) => producer.told.length)

  await storedOfEach(
    'an event is stored',
    ways.map(() => 0),
  )
  while (round < rounds) {
    const kind = kinds[round % kinds.length] as FailoverKind
    await delay(Math.random() * 300)
    await pair.failOver(kind, lagMs ?? Math.random() * 300)
    const [startMs, before] = [performance.now(), toldOfEach()]
    // An old primary that has come back is still there: nobody is told to disconnect from it.
    await storedOfEach('an event that was accepted after the failover is stored', before)
    const storedAfterMs = performance.now() - startMs
    await pair.endOld()
    const tenants = ways.map(({ name }) => tenantOf(name))
    round += 1
    const counted = await checkNumbers(pool, tenants)
    await waitUntil('the relays listen', () => doListen(pool, copies))
    const compared = await Promise.all(ways.map(compareDigests))
    onRound({
      round,
      kind,
      storedAfterMs,
      counted,
      compared: compared.reduce((total, events) => total + events, 0),
    })
  }
  if (awayMs > 0) {
    const waiting = await measureWithoutStandby(pair, pool, awayMs)
    const startMs = performance.now()
    await storedOfEach('an event that was accepted after the standby was back is stored', toldOfEach())
    onAway({ ...waiting, storedAfterMs: performance.now() - startMs })
  }

  const outcomes: WayOutcome[] = []
  for (const way of ways) {
    const told = await way.producer.stop()
    const records = way.records()
    await waitUntilEmpty(records)
    if (respondsEarly(synchronousCommit)) await compareDigests(way)
    outcomes.push({
      name: way.name,
      told,
      outbox: await readOutbox(records),
      stored: await readStored(pool, way.name),
      found: found.get(way) ?? 0,
    })
  }
  for (const each of outcomes) {
    const tenants = Array.from({ length: rounds + 1 }, (_, of) => tenantOf(each.name, of))
    const counted = await checkNumbers(pool, tenants)
    if (counted !== each.stored.length)
      throw new Error(`${each.name}: ${counted} events are counted, ${each.stored.length} are stored.`)
  }
  const ended = processes.filter(({ child }) => child.exitCode !== null || child.signalCode !== null)
  if (ended.length > 0) throw new Error(`${ended.length} processes have ended: ${ended[0]?.errors()}`)
  return outcomes
}

const openPool = (ending: AsyncDisposableStack, options: pg.PoolConfig): pg.Pool => {
  const pool = new pg.Pool({ max: 10, connectionTimeoutMillis: 60_000, ...options })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  ending.defer(() => pool.end())
  return pool
}

/** Compares again when receiver or outbox had a connection to the server that is gone, as a real comparison does. */
const compareUntilResponse = async (way: Way, receiverUrl: string): Promise<ReconcileReport> => {
  let report: ReconcileReport | undefined
  await waitUntil(`the receiver responds to a comparison (${way.name})`, async () => {
    report = await compareOutbox(way.records, receiverUrl).catch(() => undefined)
    return report !== undefined
  })
  return report as ReconcileReport
}

const readStored = async (pool: pg.Pool, way: Way['name']): Promise<StoredEvent[]> => {
  const { rows } = await pool.query(
    `SELECT id, payload ->> 'jobId' AS job FROM tenant_events WHERE tenant_id LIKE $1`,
    [`failover\\_${way}\\_%`],
  )
  return rows
}

/** Each relay has a connection that only listens, and on which it asks from time to time whether this is still the primary. */
const doListen = async (pool: pg.Pool, relays: number): Promise<boolean> => {
  const result = await pool
    .query(`SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN %' OR query LIKE '%AS is_standby'`)
    .catch(() => undefined)
  return (result?.rows.length ?? 0) >= relays
}
