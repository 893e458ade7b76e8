export { type CheckDatabaseOptions, checkDatabase } from './check/check-database.ts'
export { findLoggedParameters, type LoggedParameters } from './check/find-logged-parameters.ts'
export { createEventWriter, type EventWriter, type EventWriterOptions } from './create-event-writer.ts'
export { createSignOuts } from './create-sign-outs.ts'
export { createTables, type Tables } from './create-tables.ts'
export type { BeforeTransaction, Database, LeadScope, QueryOptions, TransactionOptions } from './database.ts'
export { sqlStateOf } from './database-fault.ts'
export { firstReceivedSql, plausibleSinceSql } from './first-received.ts'
export { type FromPgOptions, fromPg } from './from-pg.ts'
export { type FromPrismaOptions, fromPrisma, type PrismaRawClient } from './from-prisma.ts'
export {
  type EventToStore,
  type InsertEventsOptions,
  insertEvents,
  type WriteResult,
} from './insert-events.ts'
export { leadChannelSql, unknownChannel } from './lead-channel.ts'
export { databaseFor, inLeadScope, type LeadScopeOf, leadScopeFor, leadScopeProblem } from './lead-scope.ts'
export { leadScopeOption } from './lead-scope-option.ts'
export type { PgPool } from './pg-connections.ts'
export { migrationsDirectory, modelsFile } from './prisma-files.ts'
export { type IngestRejection, recordIngestRejection } from './record-ingest-rejection.ts'
export { isStoreError, StoreError, type StoreErrorCode } from './store-error.ts'
export { usageEventTypes } from './usage-event-types.ts'
