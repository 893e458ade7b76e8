export { type DurableOutboxOptions, durableOutboxDefaults } from './outbox/durable-outbox-options.ts'
export type {
  OutboxHistoryEntry,
  OutboxQuery,
  OutboxRecord,
  OutboxRecordState,
  OutboxRecords,
  ReplayReport,
  ReplaySelection,
} from './outbox/outbox-records.ts'
export {
  type MigratePostgresOutboxOptions,
  migratePostgresOutbox,
  postgresOutboxSql,
} from './outbox/postgres-migrations.ts'
export { createPostgresOutbox, type PostgresOutboxOptions } from './outbox/postgres-outbox.ts'
export type { PostgresClient, PostgresPool } from './outbox/postgres-pool.ts'
export { openPostgresOutboxRecords } from './outbox/postgres-records.ts'
