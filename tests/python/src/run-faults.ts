import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type ReceiverDouble, serveDouble } from '@altcontext/webhook-contract-tests'
import { createEmitter } from '@altcontext/webhook-emitter'
import { createPostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import pg from 'pg'
import { type Program, startPython, startRelayProcess } from './fault-programs.ts'

/** The result of one round. */
export interface FaultReport {
  name: string
  accepted: number
  lost: number
  /** Events of the product that are stored under more than one id. */
  storedTwice: number
  /** Events of transactions that were rolled back. */
  rolledBack: number
  kills: number
}

const adminKey = 'python-faults-admin-key-of-40-characters'

/** A claim of a killed process comes back when its lease ends, within a minute. */
const patienceMs = 150_000

/**
 * A Python program with a SQLite outbox is killed again and again while it emits; the receiver is away in between and
 * drops responses. The events for which `emit` had returned are compared with the stored ones, by id.
 */
export const killSqliteEmitter = async (python: string): Promise<FaultReport> => {
  const folder = await mkdtemp(join(tmpdir(), 'python-faults-'))
  await using receiver = await serveDouble({ adminKey })
  const env = {
    WEBHOOK_URL: receiver.url,
    ADMIN_API_KEY: adminKey,
    WEBHOOK_OUTBOX: join(folder, 'outbox.db'),
  }
  const program = startPython(python, ['-m', 'tests.endless_emitter'], env)
  const { double } = receiver
  for (let kill = 1; kill <= kills; kill += 1) {
    double.failNext({ kind: 'lost-response' }, { times: 2 })
    if (kill % 2 === 0) double.failNext({ kind: 'status', status: 503 }, { times: 6 })
    await until(() => program.lines.length >= kill * 40, patienceMs)
    await program.restart()
  }
  await until(() => program.lines.length >= (kills + 1) * 40, patienceMs)
  await program.stop('SIGTERM')
  const accepted = program.lines.filter((line) => line.length === 36)
  const drainer = startPython(python, ['-m', 'altcontext_webhooks', 'deliver'], env)
  await untilStored(double, accepted)
  await drainer.stop('SIGTERM')
  await rm(folder, { recursive: true })
  return { name: 'a Python emitter with a SQLite outbox', kills, ...compare(double, accepted) }
}

/**
 * One PostgreSQL outbox, written by Python (`session=`) and by Node (`{ tx }`) in transactions, every fifth of which is rolled back, and drained
 * by two Python processes and two relays; one of each is killed again and again.
 */
export const shareOnePostgresOutbox = async (python: string, databaseUrl: string): Promise<FaultReport> => {
  await using receiver = await serveDouble({ adminKey })
  const env = { WEBHOOK_URL: receiver.url, ADMIN_API_KEY: adminKey, WEBHOOK_OUTBOX: databaseUrl }
  const { double } = receiver
  const startDrainer = () => startPython(python, ['-m', 'altcontext_webhooks', 'deliver'], env)
  const startRelay = () => startRelayProcess(databaseUrl, { ...env, LOG_LEVEL: 'silent' })
  const drainers: Program[] = [startDrainer(), startDrainer(), await startRelay(), await startRelay()]
  const pool = new pg.Pool({ connectionString: databaseUrl })
  // A connection that is being closed when the server stops gets an error, to which nobody listens any more.
  pool.on('error', () => {})
  await untilAsync(async () => {
    const { rows } = await pool.query(
      "SELECT to_regprocedure('webhook_outbox_emit(jsonb, text)') IS NOT NULL AS found",
    )
    return rows[0].found
  })
  const producer = startPython(python, ['-m', 'tests.endless_transactions'], env)
  // It only writes: the two Python processes and the two relays deliver.
  const outbox = createPostgresOutbox({ pool, isWriteOnly: true })
  const writer = createEmitter({ url: receiver.url, adminKey, outbox })
  const fromNode: string[] = []
  let isEnding = false
  const node = (async () => {
    for (let number = 0; !isEnding; number += 1) {
      const client = await pool.connect()
      const isRolledBack = number % 5 === 4
      const jobId = `${isRolledBack ? 'rolled-back' : 'node'}-${number}`
      const payload = { jobId, mediaCount: 20, identitiesDetected: 63, durationMs: 3200 }
      await client.query('BEGIN')
      const { eventId } = await writer.emit(
        'scan.completed',
        { tenantId: 'from-node', ...payload },
        { tx: client },
      )
      await client.query(isRolledBack ? 'ROLLBACK' : 'COMMIT')
      if (!isRolledBack) fromNode.push(eventId)
      client.release()
      await delay(5)
    }
  })()
  for (let kill = 1; kill <= kills; kill += 1) {
    double.failNext({ kind: 'lost-response' }, { times: 3 })
    const before = double.stored.length
    await until(() => double.stored.length >= before + 100, patienceMs)
    await drainers[kill % drainers.length]?.restart()
  }
  isEnding = true
  await node
  await writer.close({ timeoutMs: 1000 })
  await producer.stop('SIGTERM')
  const accepted = [...fromNode, ...producer.lines.filter((line) => line.length === 36)]
  await untilStored(double, accepted)
  const { rows } = await pool.query('SELECT count(*)::int AS events FROM webhook_outbox')
  for (const drainer of drainers) await drainer.stop('SIGTERM')
  await pool.end()
  const report = compare(double, accepted)
  // A row that was committed but not reported before SIGTERM is accepted too; one that was rolled back is in no table.
  return { name: 'one PostgreSQL outbox of Python and Node', kills, ...report, accepted: rows[0].events }
}

const kills = 8

const compare = (double: ReceiverDouble, accepted: readonly string[]) => {
  const ids = new Set(double.stored.map(({ eventId }) => eventId))
  const jobs = double.stored.map(({ event }) => String(event.payload.jobId))
  return {
    accepted: accepted.length,
    lost: accepted.filter((id) => !ids.has(id)).length,
    storedTwice: jobs.length - new Set(jobs).size,
    rolledBack: jobs.filter((job) => job.startsWith('rolled-back')).length,
  }
}

const untilStored = async (double: ReceiverDouble, accepted: readonly string[]): Promise<void> => {
  const wanted = new Set(accepted)
  // Events that are still missing at the end are reported as lost.
  await until(() => {
    const stored = new Set(double.stored.map(({ eventId }) => eventId))
    return [...wanted].every((id) => stored.has(id))
  }, patienceMs).catch(() => {})
}

const until = (condition: () => boolean, timeoutMs: number): Promise<void> =>
  untilAsync(async () => condition(), timeoutMs)

const untilAsync = async (condition: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> => {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error('Waited too long. See what the processes do.')
    await delay(50)
  }
}
