import type { Database } from '@altcontext/webhook-store'
import { dayOf } from '../days.ts'
import { readChannels } from '../reads/read-channels.ts'
import { readServiceUsage } from '../reads/read-service-usage.ts'
import type { ChannelsResponse } from '../responses/channels-response.ts'
import type { ServiceUsageResponse } from '../responses/service-usage-response.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import type { IsoWeek } from './iso-week.ts'

export interface WeeklyReportOptions {
  week: IsoWeek
  /** The host's property whose visitors and leads are counted. */
  marketingPropertyId: string
  channelNames?: ChannelNames | undefined
  schema?: string | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

/** The routes' responses for a week, beside the week before. */
export interface WeeklyReport {
  week: IsoWeek
  isOver: boolean
  usage: ServiceUsageResponse
  channels: ChannelsResponse
}

export const readWeeklyReport = async (
  database: Database,
  { week, now = Date.now, ...options }: WeeklyReportOptions,
): Promise<WeeklyReport> => {
  const nowMs = now()
  const asked = { ...options, window: week.window, now: () => nowMs }
  return {
    week,
    isOver: week.window.to < dayOf(nowMs),
    usage: await readServiceUsage(database, { ...asked, compareTo: true }),
    channels: await readChannels(database, asked),
  }
}
