import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { sendInTransactions } from './send-in-transactions.ts'

export interface DatabaseSchema {
  /** A connection string; `?schema=` names the schema, as for Prisma. */
  url: string
  /** Paths of the `.prisma` files. */
  schemaFiles: readonly string[]
}

/** Nothing is managed outside Prisma. */
export const noFilters = { externalTables: [], externalEnums: [] }

/** The part that we use of an interface that TypeScript declares only together with the browser's. */
interface WithWebAssembly {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => object
    Instance: new (module: object, imports: object) => { exports: Record<string, unknown> }
  }
}

type Connection = Awaited<ReturnType<PrismaPg['connect']>>

let started = false
let panic: string | undefined

/** Runs one command of Prisma's schema engine, the WebAssembly build, over the `pg` driver. */
export const withSchemaEngine = async <Result>(
  { url, schemaFiles }: DatabaseSchema,
  command: (engine: wasm.SchemaEngine) => Promise<Result>,
): Promise<Result> => {
  startWasm()
  const connections: Connection[] = []
  const adapter = bindMigrationAwareSqlAdapterFactory(createAdapterFactory(url, connections))
  const engine = await wasm.SchemaEngine.new(
    { datamodels: readSchema(schemaFiles) },
    () => undefined,
    adapter,
  )
  try {
    return await command(engine)
  } finally {
    engine.free()
    // Freeing the engine leaves its connections open.
    await Promise.all(connections.map((connection) => connection.dispose()))
  }
}

/** The engine's sentence about an error, without the Rust frames below it. */
export const engineMessage = (error: unknown): string => {
  const message = panic ?? (error instanceof Error ? error.message : String(error))
  return message
    .replace(/\n\s+0: [\s\S]*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
}

/** The schema's files as pairs of path and content. */
export const readSchema = (schemaFiles: readonly string[]): [path: string, content: string][] => {
  return schemaFiles.map((path) => [path, readFileSync(path, 'utf8')])
}

/** What Prisma's own loader does, without the copy of the module that its command line brings. */
const startWasm = (): void => {
  if (started) return
  // The engine hands the message of a panic to this global before it traps.
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: rememberPanic } })
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
  const file = readFileSync(join(dirname(entry), 'schema_engine_bg.wasm'))
  const { Module, Instance } = (globalThis as unknown as WithWebAssembly).WebAssembly
  const instance = new Instance(new Module(file), { './schema_engine_bg.js': withoutHolding(wasm) })
  wasm.__wbg_set_wasm(instance.exports)
  ;(instance.exports.__wbindgen_start as () => void)()
  started = true
}

/** The engine never clears the ten seconds that it gives itself to get its lock, and the process would wait for them at its end. */
const withoutHolding = (imports: object): object =>
  Object.fromEntries(
    Object.entries(imports).map(([name, imported]) => [
      name,
      name.startsWith('__wbg_setTimeout')
        ? (...args: unknown[]) => (imported(...args) as NodeJS.Timeout).unref()
        : imported,
    ]),
  )

/**
 * With two corrections: scripts go to the server in one piece (the adapter splits them at each semicolon, also inside
 * functions and strings, and so loses the transaction that PostgreSQL puts around a script), and the system catalogue's
 * type `"char"`, which the adapter does not know, is declared as a character.
 */
const createAdapterFactory = (url: string, connections: Connection[]): PrismaPg => {
  const schema = new URL(url).searchParams.get('schema') ?? 'public'
  // The second one holds the lock.
  const factory = new PrismaPg({ connectionString: url, max: 2 }, { schema })
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = await connect()
    connections.push(adapter)
    sendInTransactions(adapter.underlyingDriver(), schema)
    declareCatalogueChars(adapter)
    adapter.executeScript = async (sql) => {
      await adapter.executeRaw({ sql, args: [], argTypes: [] })
    }
    return adapter
  }
  return factory
}

const rememberPanic = (message: string): void => {
  panic = message
}

const declareCatalogueChars = (adapter: Connection): void => {
  const charColumns = new WeakMap<object, number[]>()

  const pool = adapter.underlyingDriver()
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>
  const rememberChars = async (...args: unknown[]) => {
    const result = await query(...args)
    const columns: number[] = []
    result.fields?.forEach((field, column) => {
      if (field.dataTypeID !== pg.types.builtins.CHAR) return
      field.dataTypeID = pg.types.builtins.TEXT
      columns.push(column)
    })
    if (columns.length > 0) charColumns.set(result.rows, columns)
    return result
  }
  pool.query = rememberChars as typeof pool.query

  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (rawQuery) => {
    const result = await queryRaw(rawQuery)
    for (const column of charColumns.get(result.rows) ?? []) {
      result.columnTypes[column] = ColumnTypeEnum.Character
    }
    return result
  }
}
