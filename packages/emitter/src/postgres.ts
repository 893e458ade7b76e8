export { type DurableOutboxOptions, durableOutboxDefaults } from './outbox/durable/durable-outbox-options.ts'
export type {
  OutboxHistoryEntry,
  OutboxQuery,
  OutboxRecord,
  OutboxRecordState,
  OutboxRecords,
  PruneReport,
  PruneSelection,
  ReplayReport,
  ReplaySelection,
  SettledState,
} from './outbox/durable/outbox-records.ts'
export {
  type MigratePostgresOutboxOptions,
  migratePostgresOutbox,
  postgresOutboxSql,
} from './outbox/postgres/migrations.ts'
export { neverEmittedSql } from './outbox/postgres/never-emitted-sql.ts'
export type { PostgresClient, PostgresPool } from './outbox/postgres/pool.ts'
export { createPostgresOutbox, type PostgresOutboxOptions } from './outbox/postgres/postgres-outbox.ts'
export { openPostgresOutboxRecords } from './outbox/postgres/records.ts'
export type {
  DrizzleTransaction,
  KnexTransaction,
  KyselyTransaction,
  PgTransaction,
  PrismaTransaction,
  ProductTransaction,
} from './outbox/postgres/transactions.ts'
