import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { createEmitter, createMemoryOutbox, type Emitter } from '@altcontext/webhook-emitter'
import {
  createPostgresOutbox,
  migratePostgresOutbox,
  type PrismaTransaction,
} from '@altcontext/webhook-emitter/postgres'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import { PrismaPg } from '@prisma/adapter-pg'
import { drizzle } from 'drizzle-orm/node-postgres'
import createKnex from 'knex'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminKey, createStubReceiver, url } from './stub-receiver.ts'

const schema = 'product?s "outbox'
const scan = {
  tenantId: 'tenant-1',
  jobId: "job-1'); --",
  mediaCount: 1,
  identitiesDetected: 2,
  durationMs: 3,
}

const folder = mkdtempSync(join(tmpdir(), 'product-transactions-'))
const logger = { debug() {}, info() {}, warn() {}, error() {} }
let database: TestDatabase
let emitter: Emitter
const receiver = createStubReceiver()

beforeAll(async () => {
  database = await createTestDatabase()
  await migratePostgresOutbox({ pool: database.pool, schema })
  await database.pool.query('CREATE TABLE scan_jobs (id TEXT PRIMARY KEY)')
  emitter = createEmitter({
    url,
    adminKey,
    fetch: receiver.fetch,
    logger,
    outbox: createPostgresOutbox({ pool: database.pool, schema, pollIntervalMs: 50 }),
  })
})
afterAll(async () => {
  await emitter.close()
  await database.drop()
  rmSync(folder, { recursive: true })
})
beforeEach(() => database.pool.query('TRUNCATE scan_jobs'))

const jobs = async (): Promise<string[]> =>
  (await database.pool.query('SELECT id FROM scan_jobs ORDER BY id')).rows.map(({ id }) => id)

interface Library {
  /** Runs `work` in a transaction, with a function that writes a row of the product's own in it. */
  transaction(
    work: (tx: never, insertJob: (id: string) => PromiseLike<unknown>) => Promise<void>,
  ): Promise<void>
  close(): Promise<void>
}

const libraries: Record<string, () => Promise<Library>> = {
  async pg() {
    const pool = new pg.Pool({ connectionString: database.url })
    return {
      async transaction(work) {
        const client = await pool.connect()
        try {
          await client.query('BEGIN')
          await work(client as never, (id) => client.query('INSERT INTO scan_jobs VALUES ($1)', [id]))
          await client.query('COMMIT')
        } catch (error) {
          await client.query('ROLLBACK')
          throw error
        } finally {
          client.release()
        }
      },
      close: () => pool.end(),
    }
  },
  async Prisma() {
    const client = await startPrisma()
    return {
      transaction: (work) =>
        client.$transaction((tx) =>
          work(tx as never, (id) => tx.$queryRawUnsafe('INSERT INTO scan_jobs VALUES ($1)', id)),
        ),
      close: () => client.$disconnect(),
    }
  },
  async drizzle() {
    const pool = new pg.Pool({ connectionString: database.url })
    const db = drizzle(pool)
    return {
      transaction: (work) =>
        db.transaction((tx) =>
          work(tx as never, (id) => tx.execute(`INSERT INTO scan_jobs VALUES ('${id}')`)),
        ),
      close: () => pool.end(),
    }
  },
  async kysely() {
    const db = new Kysely<{ scan_jobs: { id: string } }>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.url }) }),
    })
    return {
      transaction: (work) =>
        db
          .transaction()
          .execute((tx) => work(tx as never, (id) => tx.insertInto('scan_jobs').values({ id }).execute())),
      close: () => db.destroy(),
    }
  },
  async knex() {
    const knex = createKnex({ client: 'pg', connection: database.url })
    return {
      transaction: (work) =>
        knex.transaction((tx) => work(tx as never, (id) => tx('scan_jobs').insert({ id }))),
      close: () => knex.destroy(),
    }
  },
}

describe.each(Object.entries(libraries))('in a transaction of %s', (_, start) => {
  let library: Library
  beforeAll(async () => {
    library = await start()
  })
  afterAll(() => library.close())

  test('an event is sent once when it commits, with its payload as it was', async () => {
    let eventId = ''
    const before = receiver.requests.length
    await library.transaction(async (tx, insertJob) => {
      await insertJob('job-1')
      const receipt = await emitter.emit('scan.completed', scan, { tx })
      expect(receipt.status).toBe('accepted')
      eventId = receipt.eventId
      await emitter.emit('scan.completed', scan, { tx, eventId })
      expect(receiver.requests).toHaveLength(before)
    })
    expect(await jobs()).toEqual(['job-1'])
    await expect.poll(() => receiver.stored.has(eventId)).toBe(true)
    await emitter.flush()
    const requests = receiver.requests.filter(({ ids }) => ids.includes(eventId))
    expect(requests).toHaveLength(1)
    expect(requests[0]?.body).toContain(JSON.stringify(scan.jobId))
  })

  test('an event is not there after a rollback', async () => {
    let eventId: string | undefined
    const failed = library.transaction(async (tx, insertJob) => {
      await insertJob('job-2')
      eventId = (await emitter.emit('scan.completed', scan, { tx })).eventId
      throw new Error('changed my mind')
    })
    await expect(failed).rejects.toThrow('changed my mind')
    expect(await jobs()).toEqual([])
    expect(eventId).toBeTypeOf('string')
    const { rows } = await database.pool.query(
      `SELECT FROM "product?s ""outbox".webhook_outbox WHERE id = $1`,
      [eventId],
    )
    expect(rows).toEqual([])
  })

  test('an event that breaks the contract is refused before it reaches the database', async () => {
    await library.transaction(async (tx, insertJob) => {
      await insertJob('job-3')
      const emitted = emitter.emit('scan.completed', { ...scan, mediaCount: -1 }, { tx })
      await expect(emitted).rejects.toMatchObject({ code: 'invalid_event' })
    })
    expect(await jobs()).toEqual(['job-3'])
  })
})

describe('anything that cannot be a transaction is refused, and nothing is stored:', () => {
  const refuse = async (tx: unknown, message: string) => {
    const before = await database.pool.query(`SELECT count(*) FROM "product?s ""outbox".webhook_outbox`)
    await expect(emitter.emit('scan.completed', scan, { tx: tx as never })).rejects.toMatchObject({
      code: 'unsupported_transaction',
      message: expect.stringContaining(message),
    })
    const after = await database.pool.query(`SELECT count(*) FROM "product?s ""outbox".webhook_outbox`)
    expect(after.rows).toEqual(before.rows)
  }

  test('a pool of pg', () => refuse(database.pool, 'it is a pool'))
  test('a client of pg before BEGIN', async () => {
    const client = await database.pool.connect()
    await refuse(client, 'has no transaction')
    client.release()
  })
  test('Prisma itself', async () => {
    const client = await startPrisma()
    await refuse(client, 'the Prisma client itself')
    await client.$disconnect()
  })
  test('drizzle itself', () => refuse(drizzle(database.pool), 'database itself'))
  test('kysely itself', () =>
    refuse(new Kysely({ dialect: new PostgresDialect({ pool: database.pool }) }), 'kysely itself'))
  test('knex itself', async () => {
    const knex = createKnex({ client: 'pg', connection: database.url })
    await refuse(knex, 'knex itself')
    await knex.destroy()
  })
  test.each([
    ['null', null],
    ['an object', {}],
    ['a text', 'tx'],
  ])('%s', (_, tx) => refuse(tx, 'Pass the transaction of pg'))

  test.each([
    ['memory', () => createMemoryOutbox()],
    ['SQLite', () => createSqliteOutbox({ path: join(folder, 'outbox.db') })],
  ])('any, with an outbox in %s', async (_, createOutbox) => {
    const other = createEmitter({ url, adminKey, fetch: receiver.fetch, logger, outbox: createOutbox() })
    const client = await database.pool.connect()
    await client.query('BEGIN')
    await expect(other.emit('scan.completed', scan, { tx: client })).rejects.toMatchObject({
      code: 'unsupported_transaction',
      message: expect.stringContaining('createPostgresOutbox()'),
    })
    expect(other.stats()).toMatchObject({ accepted: 0, rejected: 1 })
    await client.query('ROLLBACK')
    client.release()
    await other.close()
  })

  test('any transaction, for deliver, which would wait for the commit', async () => {
    const delivered = emitter.deliver('scan.completed', scan, { tx: {} } as never)
    await expect(delivered).rejects.toMatchObject({ code: 'unsupported_transaction' })
  })

  test('an unknown option', async () => {
    const emitted = emitter.emit('scan.completed', scan, { transaction: {} } as never)
    await expect(emitted).rejects.toMatchObject({
      code: 'invalid_options',
      message: expect.stringContaining('"transaction" is not an option here'),
    })
  })
})

test('when the database refuses the event, the library’s own error comes through', async () => {
  const client = await database.pool.connect()
  await client.query('BEGIN')
  await client.query('SELECT 1/0').catch(() => {})
  await expect(emitter.emit('scan.completed', scan, { tx: client })).rejects.toMatchObject({ code: '25P02' })
  await client.query('ROLLBACK')
  client.release()
})

const compiler = new URL('../../../node_modules/@typescript/native/bin/tsc', import.meta.url).pathname
const flags =
  '--ignoreConfig --strict --noEmit --skipLibCheck --allowImportingTsExtensions --target esnext --module nodenext --customConditions @altcontext/source --types node --pretty false --singleThreaded'.split(
    ' ',
  )

test('to the compiler the transaction of a generated Prisma client is one, and the client itself is not', async () => {
  await (await startPrisma()).$disconnect()
  // In a folder that is no part of the repository's own project.
  const place = new URL('prisma/generated/.check/', import.meta.url).pathname
  const file = join(place, 'check.ts')
  const source = `import type { Prisma, PrismaClient } from '../client.ts'
import type { ProductTransaction } from '@altcontext/webhook-emitter/postgres'
export const transaction = (tx: Prisma.TransactionClient): ProductTransaction => tx
export const client = (prisma: PrismaClient): ProductTransaction => prisma
`
  mkdirSync(place, { recursive: true })
  writeFileSync(file, source)
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...flags, file], { encoding: 'utf8' })
  const lines = [...stdout.matchAll(/check\.ts\((\d+),\d+\): error/g)].map(([, line]) => Number(line))
  expect({ status, lines }, stdout).toEqual({ status: 1, lines: [4] })
})

interface PrismaClient {
  $transaction(work: (tx: PrismaTransaction) => Promise<void>): Promise<void>
  $disconnect(): Promise<void>
}

let generating: Promise<unknown> | undefined

/** Prisma's client is generated code; it needs no engine binary, so none is looked for. */
const startPrisma = async (): Promise<PrismaClient> => {
  generating ??= promisify(execFile)(
    'node_modules/.bin/prisma',
    ['generate', '--schema', 'test/prisma/schema.prisma', '--no-hints'],
    {
      cwd: new URL('..', import.meta.url),
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' },
    },
  )
  await generating
  const { PrismaClient } = await import(new URL('prisma/generated/client.ts', import.meta.url).href)
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) })
}
