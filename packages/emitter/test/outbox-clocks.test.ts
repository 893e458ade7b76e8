import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@altcontext/test-database'
import { createEmitter, type NewOutboxEvent, type Outbox } from '@altcontext/webhook-emitter'
import {
  createPostgresOutbox,
  migratePostgresOutbox,
  openPostgresOutboxRecords,
} from '@altcontext/webhook-emitter/postgres'
import { createSqliteOutbox, openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { adminKey, createStubReceiver, scan, url } from './stub-receiver.ts'

/** An outbox whose clock can be moved, and nothing else: time passes as it really does. */
interface Clocked {
  /** From now on the clock differs by this much from the right one. */
  setClock(aheadMs: number): Promise<void>
  open(): Outbox
  openRecords(): ReturnType<typeof openSqliteOutboxRecords>
  dispose(): Promise<void>
}

const sqlite = async (): Promise<Clocked> => {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-outbox-'))
  const path = join(folder, 'outbox.db')
  const realNow = Date.now
  vi.useFakeTimers({ toFake: ['Date'] })
  return {
    setClock: async (aheadMs) => void vi.setSystemTime(realNow() + aheadMs),
    open: () => createSqliteOutbox({ path }),
    openRecords: () => openSqliteOutboxRecords({ path }),
    async dispose() {
      vi.useRealTimers()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Every statement of the outbox finds our own `now()` before PostgreSQL's. */
const postgres = async (): Promise<Clocked> => {
  const database = await createTestDatabase()
  await database.pool.query(`
    CREATE SCHEMA moved; CREATE TABLE moved.clock (ahead FLOAT8); INSERT INTO moved.clock VALUES (0);
    CREATE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql STABLE AS
      'SELECT pg_catalog.now() + ahead * interval ''1 millisecond'' FROM moved.clock';
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = moved, pg_catalog, public', current_database()); END $$`)
  const pool = new pg.Pool({ connectionString: database.url, max: 6 })
  await migratePostgresOutbox({ pool })
  return {
    setClock: async (aheadMs) => void (await pool.query('UPDATE moved.clock SET ahead = $1', [aheadMs])),
    open: () => createPostgresOutbox({ pool, pollIntervalMs: 60_000 }),
    openRecords: () => openPostgresOutboxRecords({ pool }),
    async dispose() {
      await pool.end()
      await database.drop()
    },
  }
}

/** A clock is read again when the last reading is ten seconds old. */
const setRightLater = async (subject: Clocked): Promise<void> => {
  const laterMs = 10_001
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + laterMs)
  await subject.setClock(laterMs)
}
afterEach(() => void vi.restoreAllMocks())

const dayMs = 86_400_000
const settlement = { status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' } as const

describe.each([
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
])('a %s outbox', (_, create) => {
  let subject: Clocked
  let dropped: { id: string; reason: string }[]
  let jumps: number[]
  const opened = new Set<Outbox>()
  const rightMs = performance.timeOrigin
  /** The receiver's clock is always right. */
  const receiverMs = (): number => rightMs + performance.now()

  beforeEach(async () => {
    dropped = []
    jumps = []
    subject = await create()
  })
  afterEach(async () => {
    await Promise.all([...opened].map((outbox) => outbox.close()))
    opened.clear()
    await subject.dispose()
  })

  /** One run of a process. `run` ends when everything that it began has ended. */
  const start = async (aheadMs: number, run: (outbox: Outbox) => Promise<unknown> = async () => {}) => {
    await subject.setClock(aheadMs)
    const outbox = subject.open()
    opened.add(outbox)
    outbox.attach({
      onReady() {},
      onDropped: ({ id }, reason) => void dropped.push({ id, reason }),
      onClockJump: (jumpMs) => void jumps.push(Math.round(jumpMs / dayMs)),
    })
    await run(outbox)
    await outbox.close()
    opened.delete(outbox)
  }
  const hear = (outbox: Outbox) => outbox.noteReceiverTime?.(receiverMs())
  const claimIds = async (outbox: Outbox, leaseMs = 45_000) =>
    (await outbox.claim({ maxEvents: 500, leaseMs })).map(({ id }) => id)
  const accept =
    (...events: NewOutboxEvent[]) =>
    async (outbox: Outbox) => {
      for (const event of events) expect(await outbox.accept(event)).toEqual({ status: 'accepted' })
    }
  const states = async () => {
    const records = subject.openRecords()
    const found = await records.list()
    await records.close()
    return found.map(({ id, state }) => ({ id, state }))
  }

  test.each([
    [
      '23 hours further ahead at each of 120 starts',
      Array.from({ length: 120 }, (_, index) => (index + 1) * 23),
    ],
    ['70 days ahead at each of five starts', [70, 70, 70, 70, 70].map((days) => days * 24)],
    ['right, years ahead, right and years behind in turn', [0, 40_000, 0, -40_000, 40_000, 0, -40_000, 0]],
  ])('with a clock that is %s expires and erases nothing', async (_title, hoursAhead) => {
    const [waiting, dead] = [newEvent(), newEvent()]
    await start(0, async (outbox) => {
      hear(outbox)
      await accept(waiting, dead)(outbox)
      await claimIds(outbox)
      await outbox.settle([
        { id: dead.id, ...settlement },
        { id: waiting.id, status: 'retry', attempts: 4, delayMs: 0, detail: 'timeout' },
      ])
    })
    for (const hours of hoursAhead) {
      await start(hours * 3_600_000, async (outbox) => {
        hear(outbox)
        await outbox.check?.()
      })
    }
    expect(dropped).toEqual([])
    expect(await states()).toEqual(
      expect.arrayContaining([
        { id: waiting.id, state: 'pending' },
        { id: dead.id, state: 'dead' },
      ]),
    )
    await start(0, async (outbox) => {
      hear(outbox)
      expect(await claimIds(outbox)).toEqual([waiting.id])
      await outbox.settle([{ id: waiting.id, status: 'stored', attempts: 5 }])
    })
    expect(await states()).toContainEqual({ id: dead.id, state: 'dead' })
  })

  test.each([
    ['in 1970, and never was right before', [-56 * 365]],
    ['in 1970, after it had been right', [0, -56 * 365]],
    ['70 days ahead, and never was right before', [70]],
    ['70 days ahead, after it had been right', [0, 70]],
  ])(
    'sends events that it took while its clock was %s, once the clock is corrected',
    async (_title, daysAhead) => {
      const events: NewOutboxEvent[] = []
      for (const days of daysAhead) {
        const [waiting, retried] = [newEvent(), newEvent()]
        events.push(waiting, retried)
        await start(days * dayMs, async (outbox) => {
          // The response to a signed request says this: refused, and the right time.
          hear(outbox)
          await accept(waiting, retried)(outbox)
          await claimIds(outbox, 100)
          await outbox.settle(
            [retried].map(({ id }) => ({ id, status: 'retry', attempts: 1, delayMs: 1, detail: 'http_401' })),
          )
        })
      }
      await start(0, async (outbox) => {
        hear(outbox)
        const claimed = new Set<string>()
        await vi.waitFor(async () => {
          for (const id of await claimIds(outbox)) claimed.add(id)
          expect([...claimed].sort()).toEqual(events.map(({ id }) => id).sort())
        }, 60_000)
      })
      expect(dropped).toEqual([])
    },
  )

  test('with a clock 70 days ahead sends nothing that may be too old, reports the jump once, and continues once the receiver gives the time', async () => {
    const waiting = newEvent()
    await start(0, async (outbox) => {
      hear(outbox)
      await accept(waiting)(outbox)
    })
    await start(70 * dayMs, async (outbox) => {
      expect(await claimIds(outbox)).toEqual([])
      await vi.waitFor(() => expect(jumps).toEqual([70]), 60_000)
      hear(outbox)
      expect(await claimIds(outbox)).toEqual([waiting.id])
    })
    expect(jumps).toEqual([70])
    expect(dropped).toEqual([])
  })

  test('continues by itself when its clock is corrected, without hearing from the receiver', async () => {
    const waiting = newEvent()
    await start(0, async (outbox) => {
      hear(outbox)
      await accept(waiting)(outbox)
    })
    await start(70 * dayMs, async (outbox) => {
      expect(await claimIds(outbox)).toEqual([])
      await setRightLater(subject)
      await vi.waitFor(async () => expect(await claimIds(outbox)).toEqual([waiting.id]), 60_000)
    })
    expect(dropped).toEqual([])
  })

  test('that no process ran for 61 days expires its events once the receiver agrees, and not before', async () => {
    const waiting = newEvent()
    await start(-61 * dayMs, async (outbox) => {
      outbox.noteReceiverTime?.(receiverMs() - 61 * dayMs)
      await accept(waiting)(outbox)
    })
    await start(0, async (outbox) => {
      expect(await claimIds(outbox)).toEqual([])
      await vi.waitFor(() => expect(jumps).toEqual([61]), 60_000)
      expect(dropped).toEqual([])
      hear(outbox)
      await vi.waitFor(() => expect(dropped).toEqual([{ id: waiting.id, reason: 'expired' }]), 60_000)
    })
  })

  test('reports that its clock is 70 days behind', async () => {
    await start(0, async (outbox) => void hear(outbox))
    await start(-70 * dayMs, async () => {
      await vi.waitFor(() => expect(jumps).toEqual([-70]), 60_000)
    })
  })
})

test.each(['a response has given the time', 'it is corrected'])(
  'an emitter whose clock is 70 days ahead sends waiting events once %s',
  async (how) => {
    const subject = await sqlite()
    const rightMs = performance.timeOrigin
    const receiver = createStubReceiver()
    const fetch = (async (input: Request) => {
      const response = await receiver.fetch(input)
      response.headers.set('date', new Date(rightMs + performance.now()).toUTCString())
      return response
    }) as typeof globalThis.fetch
    try {
      await subject.setClock(0)
      const outbox = subject.open()
      outbox.attach({ onReady() {}, onDropped() {} })
      outbox.noteReceiverTime?.(rightMs + performance.now())
      const waiting = newEvent()
      await outbox.accept(waiting)
      await outbox.close()

      await subject.setClock(70 * dayMs)
      const emitter = createEmitter({ url, adminKey, fetch, outbox: subject.open(), logger: silent })
      await emitter.flush()
      expect(receiver.requests).toEqual([])
      expect(emitter.stats()).toMatchObject({ pending: 1, dropped: {} })
      if (how === 'it is corrected') await setRightLater(subject)
      else await emitter.emit('scan.completed', scan(), { occurredAt: '2026-02-13T12:00:00Z' })
      await vi.waitFor(() => expect(receiver.stored).toContain(waiting.id), 60_000)
      await vi.waitFor(() => expect(emitter.stats().pending).toBe(0), 60_000)
      expect(emitter.stats().dropped).toEqual({})
      await emitter.close()
    } finally {
      await subject.dispose()
    }
  },
)

const silent = { debug() {}, info() {}, warn() {}, error() {} }

test('an event that a product emits by SQL counts as accepted no earlier than the time that the relays are sure of', async () => {
  await using database = await createTestDatabase()
  await migratePostgresOutbox({ pool: database.pool })
  const emit = async (): Promise<number> => {
    const { rows } = await database.pool.query('SELECT webhook_outbox_emit($1) AS id', [newEvent().body])
    const found = await database.pool.query(
      `SELECT extract(epoch FROM accepted_at - now())::float8 / 3600 AS hours FROM webhook_outbox WHERE id = $1`,
      [rows[0].id],
    )
    return Math.abs(Math.round(found.rows[0].hours))
  }
  expect(await emit()).toBe(0)
  await database.pool.query(`INSERT INTO webhook_outbox_clock (mark) VALUES (now() + interval '5 hours')`)
  expect(await emit()).toBe(5)
})

const newEvent = (): NewOutboxEvent => ({
  id: randomUUID(),
  eventType: 'tenant.created',
  body: JSON.stringify({
    eventType: 'tenant.created',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-13T12:00:00.000Z',
    payload: { email: 'ada@private.example' },
  }),
})
