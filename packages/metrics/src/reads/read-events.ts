import { wordsOfRefusal } from '@altcontext/webhook-contract'
import { type Database, plausibleSinceSql } from '@altcontext/webhook-store'
import { invalidRequest, type MetricsError } from '../metrics-error.ts'
import type {
  ArrivedAgain,
  EventKind,
  EventsResponse,
  Refusal,
  StoredEvent,
} from '../responses/events-response.ts'
import type { Window } from '../responses/metric.ts'
import { coveredSinceSql } from '../rollups/received-since.ts'
import { freshnessPart } from './freshness-part.ts'
import { isoSql, type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'

export interface ReadEventsOptions extends ReadOptions {
  /** Events that were stored, how many arrived again, or requests that were refused. @default 'received' */
  kind?: EventKind | undefined
  /** Only of this type. */
  type?: string | undefined
  /** Only of this tenant. */
  tenantId?: string | undefined
  /** Only events that occurred or arrived again, or requests that were refused, on these days. */
  window?: Window | undefined
  /** @default 50 */
  limit?: number | undefined
  /** The page that follows: `page.next` of the one before. */
  before?: string | undefined
  /** Events received later than `page.latest` of an earlier response. */
  after?: string | undefined
  /** With `after`: also the events received a moment ago, before which others may still come. @default false */
  unsettled?: boolean | undefined
  /** The property under which refused requests are recorded. @default 'description-service' */
  descriptionServicePropertyId?: string | undefined
}

/** Raw events as they are stored, the newest received first; how many arrived again; or the requests that were refused. */
export const readEvents = async (
  database: Database,
  options: ReadEventsOptions = {},
): Promise<EventsResponse> => {
  const { kind = 'received', limit = 50, now = Date.now } = options
  checkFilters(options)
  const nowMs = now()
  const asked = { ...options, now: () => nowMs, limit: limit + 1 }
  const { events, duplicates, refusals, freshness } = await readSnapshot(database, asked, (context) => ({
    events: kind === 'received' ? eventsPart(context, asked) : nothing,
    duplicates: kind === 'duplicate' ? duplicatesPart(context, asked) : nothing,
    refusals: kind === 'refused' ? refusalsPart(context, asked) : nothing,
    freshness: freshnessPart(context, options.window),
  }))
  return {
    ok: true,
    kind,
    events: events.slice(0, limit),
    duplicates: duplicates.slice(0, limit),
    refusals: refusals.slice(0, limit),
    // Only those of the kind are there.
    page: pageOf([...[...events, ...duplicates].map(placeOfEvent), ...refusals.map(placeOfRefusal)], {
      ...options,
      limit,
      nowMs,
    }),
    freshness,
  }
}

const nothing = part("SELECT '[]'", (): never[] => [])

interface Place {
  at: string
  id: string
}

export const placeOfEvent = ({ receivedAt, id }: Pick<StoredEvent, 'receivedAt' | 'id'>): Place => ({
  at: receivedAt,
  id,
})

const placeOfRefusal = ({ refusedAt, id }: Refusal): Place => ({ at: refusedAt, id })

/** A place in the order of receipt: `before` and `after` of the routes. */
export const cursorOf = ({ at, id }: Place): string => `${at}_${id}`

// A commit can come a little later than the moment of receipt that it carries: a client that follows must not have passed it.
const settledMs = 2000

/** Whether nothing can come before it any more. */
export const isSettled = ({ receivedAt }: StoredEvent, nowMs: number): boolean =>
  receivedAt <= settledAt(nowMs).at

/** Everything that was received by now, and has been there for so long that nothing can come before it any more. */
const settledAt = (nowMs: number): Place => ({
  at: new Date(nowMs - settledMs).toISOString(),
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
})

interface Paging extends Pick<ReadEventsOptions, 'before' | 'after'> {
  limit: number
  nowMs: number
}

/** Where to continue, from one more place than the page has. */
export const pageOf = (
  places: readonly Place[],
  { limit, before, after, nowMs }: Paging,
): EventsResponse['page'] => {
  const page = places.slice(0, limit)
  const last = page.at(-1)
  const newest = after === undefined ? page[0] : last
  const settled = settledAt(nowMs)
  // Younger events are sent again to clients that follow, which recognise them by their ids.
  const latest = newest !== undefined && newest.at > settled.at ? settled : newest
  return {
    limit,
    next: after === undefined && places.length > limit && last !== undefined ? cursorOf(last) : null,
    latest: latest === undefined ? (after ?? before ?? null) : cursorOf(latest),
  }
}

const refuseQuery = (path: string, message: string): MetricsError =>
  invalidRequest('read the query', [{ path, message }])

const checkFilters = ({ kind, type, tenantId }: ReadEventsOptions): void => {
  if (kind === 'duplicate' && tenantId !== undefined) {
    throw refuseQuery('tenantId', 'Expected none with kind=duplicate: only the number of each type is kept')
  }
  if (kind !== 'refused') return
  for (const [path, value] of Object.entries({ type, tenantId })) {
    if (value !== undefined) {
      throw refuseQuery(path, 'Expected none with kind=refused: nothing of a refused body is kept')
    }
  }
}

const readCursor = (name: 'before' | 'after', text: string): Place => {
  const [, at, id] = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)_([\w-]{1,64})$/.exec(text) ?? []
  if (at === undefined || id === undefined || Number.isNaN(Date.parse(at))) {
    throw refuseQuery(name, 'Expected next or latest of an earlier page')
  }
  return { at, id }
}

/** @throws {MetricsError} `invalid_request`, when it is not the cursor of a page. */
export const checkAfter = (after: string): void => void readCursor('after', after)

/** SQL of a page: which rows by their place, in which order, how many. */
const pageSql = (
  { param, nowMs }: ReadContext,
  column: 'received_at' | 'occurred_at',
  { before, after, limit = 50, unsettled = false }: ReadEventsOptions,
) => {
  const place = (name: 'before' | 'after', text: string, compared: string) => {
    const { at, id } = readCursor(name, text)
    return `(${column}, id) ${compared} (${param(at, 'timestamp(3)')}, ${param(id, 'text')})`
  }
  const direction = after === undefined ? 'DESC' : 'ASC'
  return {
    conditions: [
      ...(before === undefined ? [] : [place('before', before, '<')]),
      ...(after === undefined
        ? []
        : [
            place('after', after, '>'),
            ...(unsettled ? [] : [`${column} <= ${param(settledAt(nowMs).at, 'timestamp(3)')}`]),
          ]),
    ],
    order: `ORDER BY ${column} ${direction}, id ${direction}`,
    limit: `LIMIT ${param(limit, 'int')}`,
  }
}

const onDays = (
  { param }: ReadContext,
  column: 'received_at' | 'occurred_at',
  window: Window | undefined,
): string[] =>
  window === undefined
    ? []
    : [`${column} >= ${param(window.from, 'date')}`, `${column} < ${param(window.to, 'date')} + 1`]

const ofType = ({ param }: ReadContext, type: string | undefined): string[] =>
  type === undefined ? [] : [`event_type = ${param(type, 'text')}`]

/** One page of events, and one more when there are more. */
export const eventsPart = (context: ReadContext, options: ReadEventsOptions): Part<StoredEvent[]> => {
  const { tables, param, owner } = context
  const { type, tenantId, window } = options
  const page = pageSql(context, 'received_at', options)
  const conditions = [
    'true',
    ...ofType(context, type),
    ...(tenantId === undefined ? [] : [`tenant_id = ${param(tenantId, 'text')}`]),
    ...onDays(context, 'occurred_at', window),
    ...page.conditions,
  ]
  return part(
    `SELECT COALESCE(json_agg(json_build_object(
      'id', id, 'eventType', event_type, 'tenantId', tenant_id, 'occurredAt', ${isoSql('occurred_at')},
      'receivedAt', ${isoSql('received_at')},
      'lagMs', round(extract(epoch FROM received_at - occurred_at) * 1000)::bigint,
      'isImplausible', COALESCE(occurred_at < ${plausibleSinceSql(coveredSinceSql(tables, owner))}, false), 'payload', payload
    ) ${page.order}), '[]')
    FROM (
      SELECT * FROM ${tables.tenantEvents} WHERE ${conditions.join(' AND ')} ${page.order} ${page.limit}
    ) page`,
  )
}

/** As the write path counts them: one row for each type of the events that were committed together. */
const duplicatesPart = (context: ReadContext, options: ReadEventsOptions): Part<ArrivedAgain[]> => {
  const { type, window } = options
  const page = pageSql(context, 'received_at', options)
  const conditions = [
    'true',
    ...ofType(context, type),
    ...onDays(context, 'received_at', window),
    ...page.conditions,
  ]
  return part(
    `SELECT COALESCE(json_agg(json_build_object(
      'id', id, 'eventType', event_type, 'duplicates', duplicates, 'receivedAt', ${isoSql('received_at')}
    ) ${page.order}), '[]')
    FROM (
      SELECT * FROM (
        SELECT id::text AS id, event_type, duplicates, received_at FROM ${context.tables.tenantEventDuplicates}
      ) counted WHERE ${conditions.join(' AND ')} ${page.order} ${page.limit}
    ) page`,
  )
}

const refusalsPart = (context: ReadContext, options: ReadEventsOptions): Part<Refusal[]> => {
  const { tables, param } = context
  const { window, descriptionServicePropertyId = 'description-service' } = options
  const page = pageSql(context, 'occurred_at', options)
  const conditions = [
    `property_id = ${param(descriptionServicePropertyId, 'text')}`,
    ...onDays(context, 'occurred_at', window),
    ...page.conditions,
  ]
  return part(
    `SELECT COALESCE(json_agg(json_build_object(
      'id', id, 'refusedAt', ${isoSql('occurred_at')}, 'endpoint', endpoint, 'status', status_code, 'reason', reason
    ) ${page.order}), '[]')
    FROM (
      SELECT * FROM ${tables.ingestRejections} WHERE ${conditions.join(' AND ')} ${page.order} ${page.limit}
    ) page`,
    (refusals: Omit<Refusal, 'words'>[]) =>
      refusals.map((refusal) => ({ ...refusal, words: wordsOfRefusal(refusal.reason) })),
  )
}
