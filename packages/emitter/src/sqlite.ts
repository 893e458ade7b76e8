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
export { createSqliteOutbox, type SqliteOutboxOptions } from './outbox/sqlite-outbox.ts'
export { openSqliteOutboxRecords } from './outbox/sqlite-records.ts'
