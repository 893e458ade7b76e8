import { EmbeddedDatabaseError } from './embedded-database-error.ts'
import {
  type DatabaseSchema,
  engineMessage,
  noFilters,
  readSchema,
  withSchemaEngine,
} from './schema-engine.ts'

/**
 * The SQL that would change a database to match its Prisma schema; empty when it matches already.
 *
 * @throws {EmbeddedDatabaseError} `schema_invalid`
 */
export const diffSchema = async (options: DatabaseSchema): Promise<string> => {
  const files = readSchema(options.schemaFiles).map(([path, content]) => ({ path, content }))
  try {
    const { stdout, exitCode } = await withSchemaEngine(options, (engine) =>
      engine.diff({
        from: { tag: 'schemaDatasource', files, configDir: process.cwd() },
        to: { tag: 'schemaDatamodel', files },
        script: true,
        exitCode: true,
        filters: noFilters,
      }),
    )
    return exitCode === 0 ? '' : (stdout ?? '')
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      'schema_invalid',
      `Failed to compare the database with ${options.schemaFiles.join(', ')}: ${engineMessage(cause)}. Correct the schema.`,
      { cause },
    )
  }
}
