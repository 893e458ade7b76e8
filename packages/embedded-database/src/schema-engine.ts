import { readFileSync } from 'node:fs'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'

export interface DatabaseSchema {
  /** A connection string; `?schema=` names the schema, as for Prisma. */
  url: string
  /** Paths of the `.prisma` files. */
  schemaFiles: readonly string[]
}

/** Nothing is managed outside Prisma. */
export const noFilters = { externalTables: [], externalEnums: [] }

type Connection = Awaited<ReturnType<PrismaPg['connect']>>

let started = false

/** Runs one command of Prisma's schema engine, the WebAssembly build, over the `pg` driver. */
export async function withSchemaEngine<Result>(
  { url, schemaFiles }: DatabaseSchema,
  command: (engine: wasm.SchemaEngine) => Promise<Result>,
): Promise<Result> {
  startWasm()
  const connections: Connection[] = []
  const adapter = bindMigrationAwareSqlAdapterFactory(createAdapterFactory(url, connections))
  const engine = await wasm.SchemaEngine.new({ datamodels: readSchema(schemaFiles) }, () => undefined, adapter)
  try {
    return await command(engine)
  } finally {
    engine.free()
    // Freeing the engine leaves its connections open.
    await Promise.all(connections.map((connection) => connection.dispose()))
  }
}

/** The schema's files as pairs of path and content. */
export function readSchema(schemaFiles: readonly string[]): [path: string, content: string][] {
  return schemaFiles.map((path) => [path, readFileSync(path, 'utf8')])
}

/** What Prisma's own loader does, without the copy of the module that its command line brings. */
function startWasm(): void {
  if (started) return
  const file = new URL('./schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm'))
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
    './schema_engine_bg.js': wasm as unknown as WebAssembly.ModuleImports,
  })
  wasm.__wbg_set_wasm(instance.exports)
  ;(instance.exports.__wbindgen_start as () => void)()
  started = true
}

/**
 * One connection, since a migration may set something for the statements after it, and every script as one piece:
 * the adapter splits scripts at each semicolon, also inside functions and strings, and loses the transaction that
 * PostgreSQL puts around a script.
 */
function createAdapterFactory(url: string, connections: Connection[]): PrismaPg {
  const schema = new URL(url).searchParams.get('schema') ?? 'public'
  const searchPath = `-c search_path="${schema.replaceAll('"', '""').replaceAll(' ', '\\ ')}"`
  const factory = new PrismaPg({ connectionString: url, max: 1, options: searchPath }, { schema })
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = await connect()
    connections.push(adapter)
    adapter.executeScript = async (sql) => {
      await adapter.executeRaw({ sql, args: [], argTypes: [] })
    }
    return adapter
  }
  return factory
}
