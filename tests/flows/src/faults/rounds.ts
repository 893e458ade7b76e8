import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { openPostgresOutboxRecords } from '@altcontext/webhook-emitter/postgres'
import type { OutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { assertBalanced, type FaultBench, waitUntil } from './fault-bench.ts'
import type { ProxyMode } from './faulty-proxy.ts'

/** What one round was told, and what its outbox holds: every id that counts as accepted. */
export interface RoundOutcome {
  accepted: ReadonlySet<string>
}

export type Round = (bench: FaultBench, round: string) => Promise<RoundOutcome>

/** The sender is killed with `kill -9` at a random moment after its first event; the next one delivers what is left. */
export const killSender: Round = async (bench, round) => {
  const outbox = join(bench.folder, `${round}.db`)
  const sender = await bench.startSender({ OUTBOX: outbox, ROUND: round, MODE: 'emit' })
  const watch = watchLedger(() => openSqliteOutboxRecords({ path: outbox }))
  await waitUntil('an event is accepted', async () => sender.lines.length > 0)
  await delay(Math.random() * 300)
  await sender.kill()
  return finishSender(bench, round, outbox, sender.lines, watch)
}

/** The file may not grow: what was accepted before is delivered, what was not was said to be not. */
export const fillDisk: Round = async (bench, round) => {
  const outbox = join(bench.folder, `${round}.db`)
  const full = { OUTBOX: outbox, ROUND: round, MODE: 'emit', MAX_FILE_BYTES: '200000' }
  bench.proxy.proxy.mode = 'reset'
  const sender = await bench.startSender(full)
  const watch = watchLedger(() => openSqliteOutboxRecords({ path: outbox }))
  await waitUntil('the disk is full', async () => sender.lines.includes('full'))
  bench.proxy.proxy.mode = 'pass'
  await sender.ended()
  return finishSender(bench, round, outbox, sender.lines.slice(0, -1), watch)
}

const finishSender = async (
  bench: FaultBench,
  round: string,
  outbox: string,
  told: readonly string[],
  watch: LedgerWatch,
): Promise<RoundOutcome> => {
  const drain = await bench.startSender({ OUTBOX: outbox, ROUND: round, MODE: 'drain' })
  const code = await drain.ended()
  if (code !== 0) throw new Error(`The sender could not deliver what was left (${code}): ${drain.errors()}`)
  await watch.stop()
  return { accepted: new Set([...told, ...sqliteIds(outbox)]) }
}

/** The relay on a SQLite file is killed while producers post to it. */
export const killRelay: Round = (bench, round) =>
  withRelay(bench, round, {}, async (relay, restart) => {
    await delay(100 + Math.random() * 400)
    await relay.kill()
    await restart()
  })

/** The receiver is killed while the relay delivers. */
export const killReceiver: Round = (bench, round) =>
  withRelay(bench, round, {}, async () => {
    await delay(Math.random() * 150)
    await bench.killReceiver()
  })

/** Answers are lost after the receiver's commit, or connections break in the middle of a request. */
export const breakConnections =
  (mode: Exclude<ProxyMode, 'pass'>): Round =>
  (bench, round) =>
    withRelay(bench, round, {}, async () => {
      bench.proxy.proxy.mode = mode
      await delay(800)
      bench.proxy.proxy.mode = 'pass'
    })

/** The clock of the relay jumps by hours all the time; then the relay is killed as well. */
export const jumpClock: Round = (bench, round) => {
  const preload = new URL('jumping-clock.ts', import.meta.url).pathname
  const env = { NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${preload}` }
  return withRelay(bench, round, env, async (relay, restart) => {
    await delay(300 + Math.random() * 300)
    await relay.kill()
    await restart()
  })
}

const withRelay = async (
  bench: FaultBench,
  round: string,
  env: Record<string, string>,
  fault: (
    relay: Awaited<ReturnType<FaultBench['startRelay']>>,
    restart: () => Promise<void>,
  ) => Promise<void>,
): Promise<RoundOutcome> => {
  const outbox = join(bench.folder, `${round}.db`)
  const start = () => bench.startRelay({ RELAY_OUTBOX: outbox, ...env })
  let relay = await start()
  const watch = watchLedger(() => openSqliteOutboxRecords({ path: outbox }))
  const producer = startProducer(round, () => relay.url)
  await producer.begun()
  await fault(relay, async () => {
    relay = await start()
  })
  const told = await producer.stop()
  const records = openSqliteOutboxRecords({ path: outbox })
  await waitUntil('the outbox is empty', async () => (await records.counts()).pending === 0)
  await records.close()
  await watch.stop()
  await relay.kill('SIGTERM')
  return { accepted: new Set([...told, ...sqliteIds(outbox)]) }
}

/** Posts batches until it is stopped, and again what was not answered. Only a 202 counts as told. */
const startProducer = (round: string, url: () => string) => {
  let isStopped = false
  const told: string[] = []
  const run = async (lane: number): Promise<void> => {
    for (let number = 0; !isStopped; number += 1) {
      const events = Array.from({ length: 5 }, (_, index) =>
        scanCompleted(round, (lane * 1000 + number) * 10 + index),
      )
      for (let isTold = false; !isTold; ) {
        try {
          const response = await fetch(url(), {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ events }),
            signal: AbortSignal.timeout(5000),
          })
          if (response.status === 400) throw new Error(`The relay refuses: ${await response.text()}`)
          if (response.status === 202) {
            told.push(...((await response.json()) as { eventIds: string[] }).eventIds)
            isTold = true
          }
        } catch (error) {
          if (error instanceof Error && error.message.startsWith('The relay refuses')) throw error
          if (isStopped) return
        }
        if (!isTold) await delay(20)
      }
      await delay(2)
    }
  }
  const running = Promise.all([0, 1, 2, 3].map(run))
  return {
    begun: () => waitUntil('an event is accepted', async () => told.length > 0),
    stop: async (): Promise<string[]> => {
      isStopped = true
      await running
      return told
    },
  }
}

/** Two relays on one PostgreSQL outbox, one of them killed while it holds events. */
export const killOneOfTwoRelays: Round = async (bench, round) =>
  withPostgresOutbox(bench, round, async (relays) => {
    await delay(100 + Math.random() * 400)
    await relays[0]?.kill()
    // Its leases end in 45 seconds. Most rounds move the clock of the rows instead of waiting; events that the living
    // relay holds are thereby given to two, which must do no harm either.
    if (Math.random() < 0.05) return
    await delay(100)
    await bench.pool.query(
      `UPDATE ${round}.webhook_outbox SET due_at = due_at - interval '45 seconds' WHERE holder IS NOT NULL AND state = 'pending'`,
    )
  })

/** The database of outbox and receiver is killed and started again. */
export const restartPostgres: Round = async (bench, round) =>
  withPostgresOutbox(bench, round, async () => {
    await delay(200 + Math.random() * 400)
    if (Math.random() < 0.5) process.kill(bench.postgres.pid, 'SIGKILL')
    else await bench.postgres.stop()
    await waitUntil('the server is down', async () => !(await canConnect(bench)))
    await bench.postgres.start()
    await bench.pool.query(
      `UPDATE ${round}.webhook_outbox SET due_at = least(due_at, now()) WHERE state = 'pending'`,
    )
    await delay(200)
  })

const withPostgresOutbox = async (
  bench: FaultBench,
  round: string,
  fault: (relays: Awaited<ReturnType<FaultBench['startRelay']>>[]) => Promise<void>,
): Promise<RoundOutcome> => {
  const env = { RELAY_OUTBOX: bench.postgres.url, RELAY_SCHEMA: round }
  const relays = await Promise.all([bench.startRelay(env), bench.startRelay(env)])
  const records = openPostgresOutboxRecords({ pool: bench.pool, schema: round })
  const watch = watchLedger(() => records)
  const product = startProduct(bench, round)
  await product.begun()
  await fault(relays)
  const told = await product.stop()
  await waitUntil('the outbox is empty', async () => (await records.counts()).pending === 0)
  await watch.stop()
  await Promise.all(relays.map((relay) => relay.kill('SIGKILL')))
  const { rows } = await bench.pool.query(`SELECT id FROM ${round}.webhook_outbox`)
  return { accepted: new Set([...told, ...rows.map(({ id }) => id)]) }
}

/** Emits in transactions, of which every third is rolled back. */
const startProduct = (bench: FaultBench, round: string) => {
  let isStopped = false
  const told: string[] = []
  const rolledBack: string[] = []
  const run = async (lane: number): Promise<void> => {
    for (let number = 0; !isStopped; number += 1) {
      try {
        const client = await bench.pool.connect()
        try {
          await client.query('BEGIN')
          const ids: string[] = []
          for (let index = 0; index < 5; index += 1) {
            const event = scanCompleted(round, (lane * 1000 + number) * 10 + index)
            const { rows } = await client.query(`SELECT ${round}.webhook_outbox_emit($1) AS id`, [event])
            ids.push(rows[0].id)
          }
          const isKept = number % 3 !== 2
          await client.query(isKept ? 'COMMIT' : 'ROLLBACK')
          ;(isKept ? told : rolledBack).push(...ids)
        } finally {
          client.release(true)
        }
      } catch {
        // The database is away; the transaction was not confirmed, so it counts only if the outbox has it.
        await delay(50)
      }
    }
  }
  const running = Promise.all([0, 1, 2].map(run))
  return {
    begun: () => waitUntil('an event is accepted', async () => told.length > 0),
    stop: async (): Promise<string[]> => {
      isStopped = true
      await running
      const { rows } = await bench.pool.query(
        `SELECT count(*)::int AS sent FROM ${round}.webhook_outbox WHERE id = ANY($1::uuid[])`,
        [rolledBack],
      )
      if (rows[0].sent !== 0)
        throw new Error('Events of a transaction that was rolled back are in the outbox.')
      return told
    },
  }
}

interface LedgerWatch {
  stop(): Promise<void>
}

/** Reads the ledger over and over while a round goes on: it balances at every moment. */
const watchLedger = (open: () => OutboxRecords): LedgerWatch => {
  let isStopped = false
  const records = open()
  const watch = async (): Promise<void> => {
    while (!isStopped) {
      const counts = await records.counts().catch(() => undefined)
      if (counts !== undefined) assertBalanced(counts)
      await delay(20)
    }
    assertBalanced(await records.counts())
    await records.close()
  }
  const watching = watch()
  watching.catch(() => {})
  return {
    stop: async () => {
      isStopped = true
      await watching
    },
  }
}

const sqliteIds = (path: string): string[] => {
  const db = new DatabaseSync(path)
  const rows = db.prepare('SELECT id FROM events').all() as { id: string }[]
  db.close()
  return rows.map(({ id }) => id)
}

const canConnect = async (bench: FaultBench): Promise<boolean> => {
  try {
    await bench.pool.query('SELECT 1')
    return true
  } catch {
    return false
  }
}

// A time of its own for each: the id of an event without one is made of type, tenant and time.
const scanCompleted = (round: string, number: number) => ({
  eventType: 'scan.completed',
  tenantId: round,
  occurredAt: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
  payload: { jobId: `${round}-${number}`, mediaCount: 1, identitiesDetected: 2, durationMs: 3 },
})
