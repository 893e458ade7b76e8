import type { Database, Tables } from '@altcontext/webhook-store'
import type { Window } from '../responses/metric.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'

/** What a column holds: text, a whole number, a number, a UTC day, an instant, or JSON. */
export type ExportType = 'text' | 'count' | 'number' | 'day' | 'instant' | 'json'

/** A value as text where it is exact only as text: a count that JavaScript cannot hold, JSON, days and instants. */
export type ExportRow = Record<string, string | number | null>

/** What reading the rows of a table needs. */
export interface ExportSource {
  /** For one customer of the host, for rows that belong to none, or for a host without customers. */
  database: Database
  /** The customer, or '' for rows that belong to none. */
  ownerId: string
  tables: Tables
  schema: string | undefined
  nowMs: number
  /** The days that were asked for; open where none was. */
  from: string | undefined
  to: string | undefined
  /** The host's property of `channels`. */
  marketingPropertyId: string | undefined
  /** The host's own names for channels. */
  channelNames: ChannelNames | undefined
}

/** One table of an export. */
export interface ExportTable {
  columns: Readonly<Record<string, ExportType>>
  /** All rows, a few thousand at a time. @throws {MetricsError} `invalid_request`, `invalid_options` */
  read(source: ExportSource): AsyncIterable<ExportRow[]>
}

/** The days that were asked for, or all possible days. */
export const openWindow = ({ from, to }: Pick<ExportSource, 'from' | 'to'>): Window => ({
  from: from ?? '1970-01-01',
  to: to ?? '9999-12-30',
})

/** Rows that are read at a time. */
export const rowsAtATime = 5000
