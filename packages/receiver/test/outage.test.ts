import { createTestDatabase, openConnections } from '@altcontext/test-database'
import { createEventWriter, type Database, type EventWriter, fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { eventually, path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()

/** The test's database, with something in front of each transaction. */
const databaseWith = (before: () => Promise<void>): Database => {
  const database = fromPg(receiver.pool)
  return {
    query: database.query,
    transaction: async (run) => {
      await before()
      return database.transaction(run)
    },
  }
}
const unavailable = [503, '5', { ok: false, error: 'database_unavailable' }]

describe('when the database cannot be reached', () => {
  test('responds with 503 database_unavailable and Retry-After when nothing listens', async () => {
    const pool = new pg.Pool({ connectionString: 'postgresql://nobody@127.0.0.1:1/none' })
    const { post, refused } = await receiver.start({ database: fromPg(pool) })
    const response = await post(scanCompleted())
    expect([response.statusCode, response.headers['retry-after'], response.json()]).toEqual(unavailable)
    expect(refused).toMatchObject([{ reason: 'database_unavailable', statusCode: 503 }])
    await pool.end()
  })

  test('logs one line for each route, cause and minute, and how many there were with the next one', async () => {
    const pool = new pg.Pool({ connectionString: 'postgresql://nobody@127.0.0.1:1/none' })
    let nowMs = Date.parse('2026-02-13T12:00:00Z')
    const { post, logs } = await receiver.start({ database: fromPg(pool), now: () => nowMs })
    const lines = () =>
      logs()
        .split('\n')
        .filter((line) => line.includes('Refused a webhook'))
        .map((line) => JSON.parse(line))
    const postBatch = () => post({ events: [scanCompleted(), scanCompleted()] }, { url: `${path}/batch` })
    const postAll = () =>
      Promise.all(Array.from({ length: 30 }, () => Promise.all([post(scanCompleted()), postBatch()])))
    await postAll()
    const line = { level: 50, reason: 'database_unavailable', detail: { cause: 'ECONNREFUSED' } }
    expect(lines()).toHaveLength(2)
    nowMs += 60_000
    await postAll()
    expect(lines()).toHaveLength(4)
    expect(lines()).toMatchObject([line, line, { ...line, leftOut: 29 }, { ...line, leftOut: 29 }])
    await pool.end()
  })

  test('responds with 503 after writeTimeoutMs when the commit does not come, and the event sent again is one row', async () => {
    const gate = Promise.withResolvers<void>()
    const { post } = await receiver.start({
      database: databaseWith(() => gate.promise),
      writeTimeoutMs: 1500,
    })
    const event = scanCompleted()
    const response = await post(event)
    expect([response.statusCode, response.headers['retry-after'], response.json()]).toEqual(unavailable)
    gate.resolve()
    await eventually(async () => expect(await receiver.countOf(event.tenantId)).toBe(1))
    await eventually(async () =>
      expect((await post(event)).json()).toMatchObject({ ok: true, duplicate: true }),
    )
  })

  test('responds with 503 to events that do not fit in the queue', async () => {
    const gate = Promise.withResolvers<void>()
    const writer = createEventWriter({ database: databaseWith(() => gate.promise), maxQueuedEvents: 1 })
    const { post } = await receiver.start({ writer })
    const both = [post(scanCompleted()), post(scanCompleted())]
    const refused = await Promise.race(both)
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual(unavailable)
    gate.resolve()
    expect((await Promise.all(both)).map(({ statusCode }) => statusCode).sort()).toEqual([200, 503])
    await writer.close()
  })

  test('responds with 500 internal_error and nothing else when a table is missing, and logs which', async () => {
    const { post, logs } = await receiver.start({ schema: 'nowhere' })
    const response = await post(scanCompleted())
    expect([response.statusCode, response.json()]).toEqual([500, { ok: false, error: 'internal_error' }])
    expect(logs()).toContain('"code":"database_error"')
    expect(logs()).toContain('"code":"42P01"')
    expect(logs()).toContain('does not exist). Apply the migrations')
    expect(logs()).not.toContain('job-1')
  })

  test('responds with 500 internal_error and nothing else when something throws that should not', async () => {
    const broken = writerWith({ write: () => Promise.reject(new Error('ada@example.com')) })
    const { post, logs } = await receiver.start({ writer: broken })
    const response = await post(scanCompleted())
    expect([response.statusCode, response.json()]).toEqual([500, { ok: false, error: 'internal_error' }])
    expect(logs()).toContain('"reason":"internal_error"')
    expect(logs()).not.toContain('ada@')
  })

  test('responds with 503 while the server is read-only, like one that has been replaced, and then gives up each connection to it', async () => {
    const database = await createTestDatabase()
    const pool = new pg.Pool({ connectionString: database.url, max: 4 })
    const { rows } = await database.pool.query('SELECT current_database() AS name')
    const setReadOnly = (value: 'on' | 'off') =>
      database.pool.query(`ALTER DATABASE "${rows[0].name}" SET default_transaction_read_only = ${value}`)
    // Before any connection is opened.
    await setReadOnly('on')
    const { post } = await receiver.start({ database: fromPg(pool) })
    const postAll = async () => {
      const responses = await Promise.all(Array.from({ length: 4 }, () => post(scanCompleted())))
      return responses.map(({ statusCode }) => statusCode)
    }
    // What a pool that was there before finds when the address leads to another server.
    await openConnections(pool, 4)
    const response = await post(scanCompleted())
    expect([response.statusCode, response.headers['retry-after'], response.json()]).toEqual(unavailable)
    await setReadOnly('off')
    expect(await postAll()).toEqual([200, 200, 200, 200])
    await pool.end()
    await database.drop()
  })
})

describe('when the server closes', () => {
  /** A post whose commit has begun and hangs until `goOn`. */
  const startHangingPost = async (options: { writeTimeoutMs?: number } = {}) => {
    const gate = Promise.withResolvers<void>()
    const before = vi.fn(() => gate.promise)
    const { app, post } = await receiver.start({ database: databaseWith(before), ...options })
    const event = scanCompleted()
    const response = post(event)
    // Once by the look at the database's log settings, once by the commit.
    await eventually(() => expect(before).toHaveBeenCalledTimes(2))
    return { app, event, response, goOn: gate.resolve }
  }

  test('waits for the writes under way, and responds to them', async () => {
    const { app, event, response, goOn } = await startHangingPost()
    const closing = app.close()
    goOn()
    await closing
    expect((await response).json()).toMatchObject({ ok: true })
    expect(await receiver.countOf(event.tenantId)).toBe(1)
  })

  test('stops in time when the database does not respond', async () => {
    const { app, event, response, goOn } = await startHangingPost({ writeTimeoutMs: 1500 })
    await app.close()
    expect((await response).statusCode).toBe(503)
    goOn()
    await eventually(async () => expect(await receiver.countOf(event.tenantId)).toBe(1))
  })

  test('does not close a writer that it was given, and responds with 503 when that one is closed', async () => {
    const closed = vi.fn(async () => {})
    const given = writerWith({ close: closed })
    const { app } = await receiver.start({ writer: given })
    await app.close()
    expect(closed).not.toHaveBeenCalled()

    const writer = createEventWriter({ database: fromPg(receiver.pool) })
    const { post } = await receiver.start({ writer })
    await writer.close()
    expect((await post(scanCompleted())).json()).toEqual({ ok: false, error: 'database_unavailable' })
  })
})

const writerWith = (methods: Partial<EventWriter>): EventWriter => ({
  ...createEventWriter({ database: databaseWith(async () => {}) }),
  ...methods,
})
