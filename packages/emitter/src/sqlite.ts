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
export { openSqliteOutboxRecords } from './outbox/sqlite/records.ts'
export { createSqliteOutbox, type SqliteOutboxOptions } from './outbox/sqlite/sqlite-outbox.ts'
