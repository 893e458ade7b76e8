import type { ChannelsResponse, Funnel, ServiceUsageResponse } from '@altcontext/webhook-metrics'
import { channelName } from '../format/channel-name.ts'
import type { Format } from '../format/create-format.ts'
import type { Messages } from '../messages/en.ts'
import type { Part } from '../messages/parts.ts'
import { countDays } from './days.ts'

interface Answer {
  current: ServiceUsageResponse
  channels: ChannelsResponse
  /** The funnel of the days before; undefined when no comparison was asked for. */
  previous: Funnel | undefined
}

/** The first thing a reader wants to know, in words: how many came, from where, how many stay, more or fewer. */
export const answerOf = (
  { current, channels, previous }: Answer,
  messages: Messages,
  format: Format,
): Part[] => {
  const words = messages.answer
  const { tenantsCreated, tenantsActive30d } = current.funnel
  const { from, to } = current.window
  const range =
    from === to ? words.on(format.day(to)) : words.between(firstDay(from, to, format), format.day(to))
  const parts =
    tenantsCreated === 0
      ? words.cameNone(range)
      : [
          ...words.came(tenantsCreated, format.count(tenantsCreated), range),
          ...whereFrom(channels, tenantsCreated, messages, format),
          ...whoUse(tenantsActive30d, messages, format),
        ]
  if (!previous) return parts
  return [...parts, ...compared(current, previous, messages, format)]
}

// Unknown before the first rollup.
const whoUse = (active: number | null, messages: Messages, format: Format): Part[] => {
  if (active === null) return []
  return active === 0 ? messages.answer.useNone : messages.answer.use(active, format.count(active))
}

// The year is said once.
const firstDay = (from: string, to: string, format: Format) =>
  from.slice(0, 4) === to.slice(0, 4) ? format.shortDay(from) : format.day(from)

const whereFrom = (
  { channels }: ChannelsResponse,
  tenants: number,
  messages: Messages,
  format: Format,
): Part[] => {
  const [first] = channels
    .filter((row) => row.kind === 'channel' && row.tenantsCreated > 0)
    .sort((left, right) => right.tenantsCreated - left.tenantsCreated)
  if (!first) return messages.answer.fromNoLead
  const say = first.tenantsCreated * 2 > tenants ? messages.answer.fromTop : messages.answer.fromFirst
  return say(channelName(first, messages), format.count(first.tenantsCreated))
}

const compared = (
  current: ServiceUsageResponse,
  previous: Funnel,
  messages: Messages,
  format: Format,
): Part[] => {
  const words = messages.answer
  const count = countDays(current.window.from, current.window.to)
  const days = words.days(count, format.count(count))
  // The routes know which days they cover; the deltas of the usage say so.
  if (current.usage.totalScansCompleted.deltaReason === 'previous_not_covered')
    return words.noComparison(days)
  const difference = current.funnel.tenantsCreated - previous.tenantsCreated
  const before = format.count(previous.tenantsCreated)
  if (difference === 0) return words.same(before, days)
  const say = difference > 0 ? words.more : words.fewer
  return say(Math.abs(difference), format.count(Math.abs(difference)), before, days)
}
