import { readdirSync } from 'node:fs'
import { applyMigrations } from '@altcontext/embedded-database'

/** The example's schema and migrations. */
export const examplePrisma = new URL('../../../../../examples/marketing-backend/prisma/', import.meta.url)

/** Migrates a database by a folder with `schema` and `migrations`, and returns the names of the applied migrations. */
export const migrate = (url: string, prisma: URL): Promise<string[]> =>
  applyMigrations({
    url,
    migrationsDirectory: new URL('migrations/', prisma),
    schemaFiles: readdirSync(new URL('schema/', prisma)).map(
      (file) => new URL(`schema/${file}`, prisma).pathname,
    ),
  })
