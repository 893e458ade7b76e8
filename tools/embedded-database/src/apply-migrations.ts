import { fileURLToPath } from 'node:url'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'
import { readMigrations } from './migration-files.ts'
import { type DatabaseSchema, engineMessage, noFilters, withSchemaEngine } from './schema-engine.ts'

export interface ApplyMigrationsOptions extends DatabaseSchema {
  /** The folder with one folder per migration, as `prisma migrate` writes it. */
  migrationsDirectory: string | URL
}

/**
 * `prisma migrate deploy` without its engine binary: applies what `_prisma_migrations` does not list yet, in order.
 * Processes that call this at the same time wait for each other (up to 10 s, Prisma's limit).
 *
 * @returns the names of the migrations that were applied now
 * @throws {EmbeddedDatabaseError} `migration_failed`: one failed now, or an earlier failure was never resolved
 */
export const applyMigrations = async (options: ApplyMigrationsOptions): Promise<string[]> => {
  const directory = options.migrationsDirectory
  const migrationsList = readMigrations(directory instanceof URL ? fileURLToPath(directory) : directory)
  try {
    const { appliedMigrationNames } = await withSchemaEngine(options, (engine) =>
      engine.applyMigrations({ migrationsList, filters: noFilters }),
    )
    return appliedMigrationNames
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      'migration_failed',
      `Failed to apply the migrations in ${migrationsList.baseDir}: ${engineMessage(cause)}. Correct the migration, unless its process was killed, and resolve its entry in _prisma_migrations (\`prisma migrate resolve\`) or start with an empty database.`,
      { cause },
    )
  }
}
