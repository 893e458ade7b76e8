export { createTestDatabase, type TestDatabase } from './create-test-database.ts'
export { readTableReads, type TableReads } from './read-table-reads.ts'
export { startTestPostgres, type TestPostgres } from './start-test-postgres.ts'
export { sessionTimeZone } from './test-server.ts'
