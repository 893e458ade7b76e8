export { type ApplyMigrationsOptions, applyMigrations } from './apply-migrations.ts'
export { diffSchema } from './diff-schema.ts'
export { EmbeddedDatabaseError, type EmbeddedDatabaseErrorCode } from './embedded-database-error.ts'
export type { DatabaseSchema } from './schema-engine.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './start-embedded-postgres.ts'
