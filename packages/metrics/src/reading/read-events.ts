import type { Database } from '@altcontext/webhook-store'
import { MetricsError } from '../metrics-error.ts'
import type { EventsResponse, StoredEvent } from '../responses/events-response.ts'
import type { Window } from '../responses/metric.ts'
import { isoSql, type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'

export interface ReadEventsOptions extends ReadOptions {
  /** Only of this type. */
  type?: string | undefined
  /** Only of this tenant. */
  tenantId?: string | undefined
  /** Only events that occurred on these days. */
  window?: Window | undefined
  /** @default 50 */
  limit?: number | undefined
  /** The page that follows: `page.next` of the one before. */
  before?: string | undefined
  /** What was received later than `page.latest` of an earlier answer. */
  after?: string | undefined
}

/** Raw events as they are stored, the newest received first. */
export const readEvents = async (
  database: Database,
  options: ReadEventsOptions = {},
): Promise<EventsResponse> => {
  const { limit = 50, before, after } = options
  const { events } = await readSnapshot(database, options, (context) => ({
    events: eventsPart(context, { ...options, limit: limit + 1 }),
  }))
  const page = events.slice(0, limit)
  const newest = after === undefined ? page[0] : page.at(-1)
  const last = page.at(-1)
  return {
    ok: true,
    events: page,
    page: {
      limit,
      next: after === undefined && events.length > limit && last !== undefined ? cursorOf(last) : null,
      latest: newest === undefined ? (after ?? before ?? null) : cursorOf(newest),
    },
  }
}

const cursorOf = ({ receivedAt, id }: StoredEvent): string => `${receivedAt}_${id}`

const readCursor = (name: 'before' | 'after', text: string): { receivedAt: string; id: string } => {
  const [, receivedAt, id] = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)_([\da-f-]{36})$/.exec(text) ?? []
  if (receivedAt === undefined || id === undefined || Number.isNaN(Date.parse(receivedAt))) {
    const message = 'Expected next or latest of an earlier page'
    throw new MetricsError('invalid_request', `Failed to read the query: ${name}: ${message}.`, [
      { path: name, message },
    ])
  }
  return { receivedAt, id }
}

// A commit can come a little later than the moment of receipt that it carries: who follows must not have passed it by.
const settledMs = 2000

const eventsPart = (
  { tables, param, nowMs }: ReadContext,
  { type, tenantId, window, before, after, limit = 50 }: ReadEventsOptions,
): Part<StoredEvent[]> => {
  const place = (name: 'before' | 'after', text: string, compared: string) => {
    const { receivedAt, id } = readCursor(name, text)
    return `(received_at, id) ${compared} (${param(receivedAt, 'timestamp(3)')}, ${param(id, 'text')})`
  }
  const conditions = [
    'true',
    ...(type === undefined ? [] : [`event_type = ${param(type, 'text')}`]),
    ...(tenantId === undefined ? [] : [`tenant_id = ${param(tenantId, 'text')}`]),
    ...(window === undefined
      ? []
      : [`occurred_at >= ${param(window.from, 'date')}`, `occurred_at < ${param(window.to, 'date')} + 1`]),
    ...(before === undefined ? [] : [place('before', before, '<')]),
    ...(after === undefined
      ? []
      : [
          place('after', after, '>'),
          `received_at <= ${param(new Date(nowMs - settledMs).toISOString(), 'timestamp(3)')}`,
        ]),
  ]
  const order = after === undefined ? 'DESC' : 'ASC'
  return part(
    `SELECT COALESCE(json_agg(json_build_object(
      'id', id, 'eventType', event_type, 'tenantId', tenant_id, 'occurredAt', ${isoSql('occurred_at')},
      'receivedAt', ${isoSql('received_at')},
      'lagMs', round(extract(epoch FROM received_at - occurred_at) * 1000)::bigint, 'payload', payload
    ) ORDER BY received_at ${order}, id ${order}), '[]')
    FROM (
      SELECT * FROM ${tables.tenantEvents} WHERE ${conditions.join(' AND ')}
      ORDER BY received_at ${order}, id ${order} LIMIT ${param(limit, 'int')}
    ) page`,
    (events: StoredEvent[]) => events,
  )
}
