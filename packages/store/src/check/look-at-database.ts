import type { Database } from '../database/database.ts'
import type { NeededTable } from './needed-tables.ts'

/** What the role of the connection sees of one table. */
export interface SeenTable {
  name: string
  exists: boolean
  missingColumns: string[]
  missingRights: string[]
  /** Sequences of its ids that the role may not use. */
  closedSequences: string[]
  /** The host has enabled row-level security. */
  hasRowSecurity: boolean
  /** It applies to the role. */
  isRowSecurityActive: boolean
  /** Of `tenant_id`; null without such a column. */
  tenantIdType: string | null
}

export interface SeenDatabase {
  /** `170004`. */
  versionNumber: number
  version: string
  role: string
  tables: SeenTable[]
}

/** Reads the catalogues in one statement; no row of any table is read. */
export const lookAtDatabase = async (
  database: Database,
  needed: readonly NeededTable[],
): Promise<SeenDatabase> => {
  const [row] = await database.query<{ seen: string }>(statement, [JSON.stringify(needed)])
  return JSON.parse(row?.seen as string) as SeenDatabase
}

const statement = `
WITH needed AS (
  SELECT needed.*, to_regclass(quoted) AS oid
  FROM json_to_recordset($1::text::json) AS needed(name text, quoted text, "isHost" boolean, columns json, rights json)
),
wanted_column AS (
  SELECT name, oid, wanted FROM needed CROSS JOIN LATERAL json_array_elements_text(columns) AS wanted
),
wanted_right AS (
  SELECT name, oid, wanted FROM needed CROSS JOIN LATERAL json_array_elements_text(rights) AS wanted
)
SELECT json_build_object(
  'versionNumber', current_setting('server_version_num')::int,
  'version', split_part(current_setting('server_version'), ' ', 1),
  'role', current_user,
  'tables', (SELECT json_agg(json_build_object(
    'name', name,
    'exists', needed.oid IS NOT NULL,
    'missingColumns', COALESCE((
      SELECT json_agg(wanted) FROM wanted_column
      WHERE wanted_column.name = needed.name AND needed.oid IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = needed.oid AND attname = wanted AND NOT attisdropped
      )
    ), '[]'),
    'missingRights', COALESCE((
      SELECT json_agg(wanted) FROM wanted_right
      WHERE wanted_right.name = needed.name AND needed.oid IS NOT NULL
        AND NOT has_table_privilege(needed.oid, wanted)
        AND NOT (wanted = 'UPDATE' AND "isHost" AND has_any_column_privilege(needed.oid, 'UPDATE'))
    ), '[]'),
    'closedSequences', COALESCE((
      SELECT json_agg(sequence.relname)
      FROM pg_depend JOIN pg_class sequence ON sequence.oid = objid
      WHERE refobjid = needed.oid AND deptype IN ('a', 'i') AND NOT "isHost"
        -- The planner may ask for the right before it has looked at the kind.
        AND CASE WHEN sequence.relkind = 'S' THEN NOT has_sequence_privilege(sequence.oid, 'USAGE') ELSE false END
    ), '[]'),
    'hasRowSecurity', COALESCE(relrowsecurity, false),
    'isRowSecurityActive', needed.oid IS NOT NULL AND row_security_active(needed.oid),
    'tenantIdType', (
      SELECT format_type(atttypid, NULL) FROM pg_attribute
      WHERE attrelid = needed.oid AND attname = 'tenant_id' AND NOT attisdropped
    )
  ) ORDER BY name) FROM needed LEFT JOIN pg_class ON pg_class.oid = needed.oid)
)::text AS seen`
