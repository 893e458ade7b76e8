import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { applyMigrations } from '@altcontext/embedded-database'
import { StartError } from '../start-error.ts'

const prismaFolder = fileURLToPath(new URL('../../prisma/', import.meta.url))

/** The files of the schema folder, the host's and the bridge's. */
export const schemaFiles = readdirSync(`${prismaFolder}schema`)
  .filter((name) => name.endsWith('.prisma'))
  .sort()
  .map((name) => `${prismaFolder}schema/${name}`)

/**
 * Applies every migration that `url` lacks, as `prisma migrate deploy` does, and returns their names.
 *
 * @throws {StartError} `migration_failed`
 */
export const migrate = async (url: string): Promise<string[]> => {
  try {
    return await applyMigrations({ url, migrationsDirectory: `${prismaFolder}migrations`, schemaFiles })
  } catch (error) {
    throw new StartError('migration_failed', error instanceof Error ? error.message : String(error), {
      cause: error,
    })
  }
}
