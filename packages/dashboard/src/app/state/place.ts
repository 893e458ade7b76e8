import type { ChannelsResponse, CohortCount, EventKind } from '@altcontext/webhook-metrics'
import { isDay, type Preset, presetRange, presets, type Range, rangeProblem } from './days.ts'

export const views = ['overview', 'channels', 'tenants', 'events', 'bridge'] as const
export type View = (typeof views)[number]
/** A view, or its page of one channel or tenant. */
export type PageName = View | 'channel' | 'tenant'

// The page loads no server code: the type says that none is missing.
const cohortCounts = Object.keys({
  tenantsCreated: true,
  tenantsWithApiKey: true,
  tenantsWithFirstScan: true,
  tenantsActive30d: true,
  tenantsReturned: true,
  tenantsMature: true,
  tenantsMatureReturned: true,
  tenantsWithLead: true,
  tenantsWithScanButNoApiKey: true,
  tenantsTooYoung: true,
} satisfies Record<CohortCount, true>) as CohortCount[]
const dimensions = [
  'channel',
  'source',
  'medium',
  'campaign',
  'landing_path',
] as const satisfies ChannelsResponse['by'][]
/** What the rows of the channels can be: a property of their visits, or the days on which visitors and leads were counted. */
export const channelRows = [...dimensions, 'day'] as const
export type ChannelRows = (typeof channelRows)[number]
export const eventKinds = ['received', 'duplicate', 'refused'] as const satisfies EventKind[]
export const languages = ['en', 'fr'] as const
export type Language = (typeof languages)[number]

/** Everything that the address holds: opening it again, or elsewhere, shows the same. */
export interface Place {
  view: View
  /** A preset moves with the calendar; days stay. */
  range: Preset | Range
  compare: boolean
  /** On the tenants: the page of this one; on the events: only its events. Empty: all tenants. */
  tenant: string
  /** On the channels: the page of this one; on the tenants: only those that it brought. Empty: all channels. */
  channel: string
  /** Only the tenants that a number of the funnel counts, or leaves out. */
  counted: CohortCount | ''
  notCounted: CohortCount | ''
  /** What the rows of the channels are. */
  by: ChannelRows
  /** Which events are shown. */
  kind: EventKind
  type: string
  /** Undefined: the browser's language. */
  language: Language | undefined
  /** Column and direction of the view's table; empty: its default. */
  sort: string
  order: 'asc' | 'desc'
  /** The page of the tenants, from 1. */
  page: number
  /** Part of a tenant id. */
  search: string
}

export const home: Readonly<Place> = Object.freeze({
  view: 'overview',
  range: '30d',
  compare: true,
  tenant: '',
  channel: '',
  counted: '',
  notCounted: '',
  by: 'channel',
  kind: 'received',
  type: '',
  language: undefined,
  sort: '',
  order: 'desc',
  page: 1,
  search: '',
})

const oneOf = <Name extends string>(names: readonly Name[], text: string | null): Name | undefined =>
  names.find((name) => name === text)

/** The place that an address names; parts that are wrong fall back to the default. */
export const parsePlace = (query: string): Place => {
  const read = new URLSearchParams(query)
  const page = Number(read.get('page') ?? 1)
  const tenant = read.get('tenant') ?? ''
  const view = oneOf(views, read.get('view')) ?? home.view
  return {
    // A single tenant has a page of its own.
    view: view === 'overview' && tenant !== '' ? 'tenants' : view,
    range: parseRange(read),
    compare: read.get('compare') !== '0',
    tenant,
    channel: read.get('channel') ?? '',
    counted: oneOf(cohortCounts, read.get('counted')) ?? '',
    notCounted: oneOf(cohortCounts, read.get('notCounted')) ?? '',
    by: oneOf(channelRows, read.get('by')) ?? home.by,
    kind: oneOf(eventKinds, read.get('kind')) ?? home.kind,
    type: read.get('type') ?? '',
    language: oneOf(languages, read.get('lang')),
    sort: read.get('sort') ?? '',
    order: read.get('order') === 'asc' ? 'asc' : 'desc',
    page: Number.isInteger(page) && page > 0 && page < 1_000_000 ? page : 1,
    search: read.get('search') ?? '',
  }
}

const parseRange = (read: URLSearchParams): Place['range'] => {
  const days = { from: read.get('from') ?? '', to: read.get('to') ?? '' }
  if (isDay(days.from) && isDay(days.to) && rangeProblem(days) === undefined) return days
  return oneOf(presets, read.get('range')) ?? home.range
}

/** The address of a place: only what differs from the default. */
export const placeQuery = (place: Place): string => {
  const query = new URLSearchParams()
  if (place.view !== home.view) query.set('view', place.view)
  if (typeof place.range === 'object') {
    query.set('from', place.range.from)
    query.set('to', place.range.to)
  } else if (place.range !== home.range) query.set('range', place.range)
  if (!place.compare) query.set('compare', '0')
  for (const name of ['tenant', 'channel', 'counted', 'notCounted', 'type'] as const)
    if (place[name]) query.set(name, place[name])
  if (place.by !== home.by) query.set('by', place.by)
  if (place.kind !== home.kind) query.set('kind', place.kind)
  if (place.language) query.set('lang', place.language)
  if (place.sort) query.set('sort', place.sort)
  if (place.order !== home.order) query.set('order', place.order)
  if (place.page > 1) query.set('page', String(place.page))
  if (place.search) query.set('search', place.search)
  return `?${query}`
}

export const pageOf = ({ view, channel, tenant }: Place): PageName => {
  if (view === 'channels' && channel !== '') return 'channel'
  return view === 'tenants' && tenant !== '' ? 'tenant' : view
}

export const daysOf = (place: Place, today: string): Range =>
  typeof place.range === 'object' ? place.range : presetRange(place.range, today)
