import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import pg from 'pg'
import { adminKey } from '../bench/fault-bench.ts'
import { examplePrisma, migrate } from '../bench/migrate.ts'
import { startProcess } from '../bench/start-process.ts'
import { startReceiver } from '../bench/start-receiver.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { judgeRound, type RoundJudgement } from '../judge-round.ts'
import { startProducer } from '../load/start-producer.ts'
import { waitUntilEmpty } from '../load/wait-until-empty.ts'
import { readOutbox } from '../scenario.ts'
import { startDatabasePair } from './start-database-pair.ts'

const tenant = 'failover'

/**
 * A relay delivers to a receiver whose database fails over, again and again, under load: `kill -9` of the primary, promotion of the
 * synchronous standby behind an address that moves, and a new standby. Nothing else is started again. Compares by id.
 *
 * @throws when an event that was accepted after a failover is not stored within a minute and a half
 */
export const measureFailover = async (
  rounds: number,
  onRound: (round: number, storedAfterMs: number) => void,
): Promise<RoundJudgement> => {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-failover-'))
  const path = join(folder, 'outbox.db')
  await using ending = new AsyncDisposableStack()
  ending.defer(() => rmSync(folder, { recursive: true, force: true }))
  const pair = await startDatabasePair()
  ending.defer(() => pair.close())
  await migrate(pair.url, examplePrisma)
  await pair.replicate()
  const pool = new pg.Pool({ connectionString: pair.url, max: 2, connectionTimeoutMillis: 5000 })
  pool.on('error', () => {})
  ending.defer(() => pool.end())
  const receiver = await startReceiver({ DATABASE_URL: pair.url, ADMIN_API_KEY: adminKey })
  ending.defer(async () => void (await receiver.process.kill()))
  const relay = await startProcess({
    file: new URL('../../../../../packages/relay/src/cli.ts', import.meta.url),
    args: ['serve', '--port', '0', '--shutdown-timeout', '1s'],
    env: {
      WEBHOOK_URL: `http://127.0.0.1:${receiver.port}/v1/webhooks/description-service`,
      ADMIN_API_KEY: adminKey,
      RELAY_OUTBOX: path,
    },
    isReady: (line) => line.includes('The relay takes events'),
  })
  ending.defer(async () => void (await relay.kill()))
  const producer = startProducer(tenant, () => JSON.parse(relay.firstLine).url, 60)
  ending.defer(() => producer.cancel())

  const isStored = async (ids: readonly string[]): Promise<boolean> => {
    const answer = await pool
      .query('SELECT FROM tenant_events WHERE id = ANY($1) LIMIT 1', [ids])
      .catch(() => undefined)
    return (answer?.rows.length ?? 0) > 0
  }
  await waitUntil('an event is stored', () => isStored(producer.told))
  for (let round = 1; round <= rounds; round += 1) {
    await delay(Math.random() * 300)
    await pair.failOver()
    const [startMs, before] = [performance.now(), producer.told.length]
    await waitUntil('an event that was accepted after the failover is stored', () =>
      isStored(producer.told.slice(before)),
    )
    onRound(round, performance.now() - startMs)
  }
  const told = await producer.stop()
  const records = openSqliteOutboxRecords({ path })
  await waitUntilEmpty(records)
  await relay.kill('SIGTERM')
  const stored = await pool.query(
    `SELECT id, payload ->> 'jobId' AS job FROM tenant_events WHERE tenant_id = $1`,
    [tenant],
  )
  return judgeRound({ told, outbox: await readOutbox(records) }, stored.rows)
}
