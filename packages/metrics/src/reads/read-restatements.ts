import type { Database } from '@altcontext/webhook-store'
import type { Window } from '../responses/metric.ts'
import type { Restatement, RestatementsResponse } from '../responses/restatements-response.ts'
import { freshnessPart } from './freshness-part.ts'
import {
  daySql,
  isoSql,
  type Part,
  part,
  type ReadContext,
  type ReadOptions,
  readSnapshot,
} from './read-snapshot.ts'
import { sumColumns } from './usage-part.ts'

export interface ReadRestatementsOptions extends ReadOptions {
  window: Window
  /** @default 50 */
  limit?: number | undefined
  /** @default 0 */
  offset?: number | undefined
}

/** What changed days of the window that were over and had been reported, the latest first. */
export const readRestatements = async (
  database: Database,
  options: ReadRestatementsOptions,
): Promise<RestatementsResponse> => {
  const { window, limit = 50, offset = 0 } = options
  const { found, freshness } = await readSnapshot(database, options, (context) => ({
    found: restatementsPart(context, { window, limit, offset }),
    freshness: freshnessPart(context, window),
  }))
  return {
    ok: true,
    window,
    restatements: found.rows,
    page: { limit, offset, total: found.total },
    freshness,
  }
}

const sumsSql = (column: string): string =>
  `json_build_object(${Object.entries(sumColumns)
    .map(([name, key]) => `'${name}', ${column}->'${key}'`)
    .join(', ')})`

const restatementsPart = (
  { tables, param }: ReadContext,
  { window, limit, offset }: { window: Window; limit: number; offset: number },
): Part<{ total: number; rows: Restatement[] }> => {
  const inWindow = `day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}`
  return part(
    `SELECT json_build_object(
      'total', (SELECT count(*) FROM ${tables.restatements} WHERE ${inWindow}),
      'rows', COALESCE((
        SELECT json_agg(json_build_object(
          'day', ${daySql('day')}, 'cause', cause, 'restatedAt', ${isoSql('restated_at')},
          'before', ${sumsSql('before')}, 'after', ${sumsSql('after')}
        ) ORDER BY restated_at DESC, day DESC, id)
        FROM (
          SELECT * FROM ${tables.restatements} WHERE ${inWindow}
          ORDER BY restated_at DESC, day DESC, id LIMIT ${param(limit, 'int')} OFFSET ${param(offset, 'int')}
        ) page
      ), '[]')
    )`,
  )
}
