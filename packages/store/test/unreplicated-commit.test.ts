import { randomUUID } from 'node:crypto'
import { startTestPostgres } from '@altcontext/test-database'
import { defineContract, parseEvent } from '@altcontext/webhook-contract'
import pg from 'pg'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { fromPg, insertEvents } from '../src/index.ts'
import { plainSql } from '../src/installer/plain-sql.ts'

const contract = defineContract({
  name: 'shop',
  events: {
    'order.paid': { description: 'An order was paid.', payload: z.object({}), sample: {} },
  },
})

test('does not count a commit as done if its wait for the synchronous standby was cut short, and recognises it later', async () => {
  await using server = await startTestPostgres()
  const owner = new pg.Client({ connectionString: server.url })
  await owner.connect()
  const pool = new pg.Pool({ connectionString: server.url, options: '-c synchronous_commit=on' })
  // A pool that has ended may still be saying goodbye when the server stops.
  pool.on('connect', (client) => client.on('error', () => {}))
  try {
    await owner.query(plainSql(contract))
    const event = parseEvent(contract, {
      eventType: 'order.paid',
      tenantId: 'buyer-1',
      occurredAt: '2026-02-13T12:00:00Z',
      payload: {},
    })
    const events = [{ id: randomUUID(), event }]
    const write = () => insertEvents(fromPg(pool), events, { contract })

    await owner.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
    await owner.query('SELECT pg_reload_conf()')
    await expect
      .poll(async () => (await pool.query('SHOW synchronous_standby_names')).rows)
      .toEqual([{ synchronous_standby_names: 'nobody' }])
    const writeWithoutWaiting = async () => {
      const written = write()
      written.catch(() => {})
      await expect.poll(async () => (await owner.query(cancelWaits)).rows.length).toBeGreaterThan(0)
      return written
    }
    await expect(writeWithoutWaiting()).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining('synchronous standby'),
    })
    // Again: to report "duplicate" would be just as untrue.
    await expect(writeWithoutWaiting()).rejects.toMatchObject({ code: 'database_unavailable' })

    await owner.query('ALTER SYSTEM RESET synchronous_standby_names')
    await owner.query('SELECT pg_reload_conf()')
    await expect.poll(async () => write().catch(() => undefined)).toMatchObject([{ status: 'duplicate' }])
  } finally {
    await pool.end()
    await owner.end()
  }
})

const cancelWaits = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
