export { type CheckDatabaseOptions, checkDatabase } from './check/check-database.ts'
export { findLoggedParameters, type LoggedParameters } from './check/find-logged-parameters.ts'
export {
  type CompareRangesOptions,
  type CompareRangesRequest,
  compareRanges,
} from './completeness/compare-ranges.ts'
export {
  type RecordProducerOptions,
  recordHeartbeat,
  recordProof,
} from './completeness/record-producer.ts'
export { sealEventsSql } from './completeness/seal-events.ts'
export { createSignOuts } from './create-sign-outs.ts'
export { createTables, type Tables } from './create-tables.ts'
export type {
  BeforeTransaction,
  Database,
  LeadScope,
  QueryOptions,
  TransactionOptions,
} from './database/database.ts'
export { sqlStateOf } from './database/database-fault.ts'
export { databaseOption } from './database/database-option.ts'
export { type FromPgOptions, fromPg } from './database/from-pg.ts'
export { type FromPrismaOptions, fromPrisma, type PrismaRawClient } from './database/from-prisma.ts'
export {
  databaseFor,
  inLeadScope,
  type LeadScopeOf,
  leadScopeFor,
  leadScopeProblem,
  ownerOf,
} from './database/lead-scope.ts'
export { leadScopeOption } from './database/lead-scope-option.ts'
export type { PgPool } from './database/pg-connections.ts'
export { migrationsDirectory, modelsFile } from './prisma-files.ts'
export { isStoreError, StoreError, type StoreErrorCode } from './store-error.ts'
export {
  type RateWindowTake,
  type RateWindowVerdict,
  takeFromRateWindow,
} from './take-from-rate-window.ts'
export { usageEventTypes } from './usage-event-types.ts'
export { countIngestRejections, type IngestRejectionCount } from './writing/count-ingest-rejections.ts'
export {
  createEventWriter,
  type EventWriter,
  type EventWriterOptions,
} from './writing/create-event-writer.ts'
export { firstReceivedSql, plausibleSinceSql } from './writing/first-received.ts'
export {
  type EventToStore,
  type InsertEventsOptions,
  insertEvents,
  type WriteResult,
} from './writing/insert-events.ts'
export { leadChannelSql, unknownChannel } from './writing/lead-channel.ts'
export {
  type ReceivedEnvelope,
  type ReceivedEnvelopes,
  type ReceiveEnvelopesOptions,
  receiveEnvelopes,
  refusedByDatabase,
} from './writing/receive-envelopes.ts'
export { receivedEventId } from './writing/received-event-id.ts'
export { type IngestRejection, recordIngestRejection } from './writing/record-ingest-rejection.ts'
