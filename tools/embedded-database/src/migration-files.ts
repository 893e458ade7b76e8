import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MigrationDirectory, MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'

/** The migrations folder in the form in which the schema engine wants it (it has no access to files). */
export const readMigrations = (baseDir: string): MigrationList => {
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: readLockfile(baseDir) },
    shadowDbInitScript: '',
    migrationDirectories: readdirSync(baseDir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
      .map((name) => readMigration(baseDir, name)),
  }
}

const readLockfile = (baseDir: string): string | null => {
  try {
    return readFileSync(join(baseDir, 'migration_lock.toml'), 'utf8')
  } catch {
    return null
  }
}

/** A folder without `migration.sql` is handed on as an error: the engine says so in its own words. */
const readMigration = (baseDir: string, name: string): MigrationDirectory => {
  const path = 'migration.sql'
  try {
    const value = readFileSync(join(baseDir, name, path), 'utf8')
    return { path: name, migrationFile: { path, content: { tag: 'ok', value } } }
  } catch (error) {
    return { path: name, migrationFile: { path, content: { tag: 'error', value: String(error) } } }
  }
}
