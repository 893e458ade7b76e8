import type {
  ChannelRow,
  ChannelsResponse,
  CohortCount,
  ServiceUsageResponse,
} from '@altcontext/webhook-metrics'
import { channelName } from '../format/channel-name.ts'
import type { Format } from '../format/create-format.ts'
import type { Messages } from '../messages/en.ts'
import type { Piece } from '../messages/pieces.ts'
import { countDays } from './days.ts'
import type { Place } from './place.ts'
import { rankChannels } from './rank-channels.ts'

/** A piece of the answer, and what it links to. */
export interface AnswerPiece extends Piece {
  to?: Partial<Place>
}

interface Answer {
  current: ServiceUsageResponse
  channels: ChannelsResponse
}

/**
 * The first thing a reader wants to know, in words: which channel brings tenants that come back, which brings the most, how many
 * came, and whether that is more or fewer than before. Channels are named only if the numbers support it.
 */
export const answerOf = (
  { current, channels }: Answer,
  messages: Messages,
  format: Format,
): AnswerPiece[] => {
  const words = messages.answer
  const { tenantsCreated, tenantsReturned } = current.funnel
  const { from, to } = current.window
  const range =
    from === to ? words.on(format.day(to)) : words.between(firstDay(from, to, format), format.day(to))
  const pieces =
    tenantsCreated === 0
      ? words.cameNone(range)
      : [
          // Before the first rollup nobody knows who came back.
          ...(tenantsReturned === null
            ? []
            : whichChannels(channels, { isOver: current.openDay === null }, messages, format)),
          ...leading(
            words.came(tenantsCreated, format.count(tenantsCreated), range),
            rowsOf('tenantsCreated'),
          ),
          ...whoReturned(tenantsReturned, messages, format),
        ]
  return [...pieces, ...compared(current, messages, format)]
}

/** The tenants that a number counts. */
const rowsOf = (counted: CohortCount, changes: Partial<Place> = {}): Partial<Place> => ({
  view: 'tenants',
  counted,
  ...changes,
})

/** The pieces; those that are links get these places, one after the other. */
const leading = (pieces: Piece[], ...places: Partial<Place>[]): AnswerPiece[] => {
  let next = 0
  return pieces.map((piece) => {
    const to = piece.leads ? places[next++] : undefined
    return to === undefined ? piece : { ...piece, to }
  })
}

// Unknown before the first rollup.
const whoReturned = (returned: number | null, messages: Messages, format: Format): AnswerPiece[] => {
  if (returned === null) return []
  return returned === 0
    ? messages.answer.returnedNone
    : leading(messages.answer.returned(returned, format.count(returned)), rowsOf('tenantsReturned'))
}

const whichChannels = (
  { channels }: ChannelsResponse,
  { isOver }: { isOver: boolean },
  messages: Messages,
  format: Format,
): AnswerPiece[] => {
  const words = messages.answer
  const rows = channels.filter((row) => row.kind === 'channel' && row.tenantsCreated > 0)
  if (rows.length === 0) return words.fromNoLead
  const ranked = rankChannels(rows).filter(({ verdict }) => verdict.probabilityAhead !== null)
  const best = ranked.find(({ verdict }) => verdict.verdict === 'ahead')
  const [largest, second] = [...rows].sort((left, right) => right.tenantsCreated - left.tenantsCreated)
  const hasLead = largest !== undefined && largest.tenantsCreated !== second?.tenantsCreated
  const matureOf = ({ conversions: { returned } }: ChannelRow) =>
    returned.n === 0
      ? words.noneMature
      : words.ofMature(format.count(returned.count), format.count(returned.n))
  const placesOf = ({ channel }: ChannelRow) => [
    rowsOf('tenantsMatureReturned', { channel }),
    rowsOf('tenantsMature', { channel }),
  ]
  const pageOf = ({ channel }: ChannelRow) => ({ view: 'channels', channel }) as const
  return [
    ...(best === undefined
      ? ranked.length === 0
        ? words.tooFew
        : words.noneAhead
      : leading(
          words.stays(channelName(best, messages), matureOf(best), isOver),
          pageOf(best),
          ...placesOf(best),
        )),
    ...(hasLead && largest !== best
      ? leading(
          words.most(
            channelName(largest, messages),
            format.count(largest.tenantsCreated),
            matureOf(largest),
            isOver,
          ),
          pageOf(largest),
          rowsOf('tenantsCreated', { channel: largest.channel }),
          ...placesOf(largest),
        )
      : []),
  ]
}

// The year is said once.
const firstDay = (from: string, to: string, format: Format) =>
  from.slice(0, 4) === to.slice(0, 4) ? format.shortDay(from) : format.day(from)

// Only days that are over are compared: the routes say which, and with what result.
const compared = (
  { compared: days, compareTo, funnelChanges, openDay }: ServiceUsageResponse,
  messages: Messages,
  format: Format,
): AnswerPiece[] => {
  if (funnelChanges === null || compareTo === null) return []
  const words = messages.answer
  const count = countDays(compareTo.from, compareTo.to)
  const length = words.days(count, format.count(count))
  const { value, previous, deltaReason } = funnelChanges.tenantsCreated
  if (deltaReason === 'previous_not_covered') return words.noComparison(length)
  // Nothing is over yet.
  if (days === null || value === null || previous === null) return []
  const isOpen = openDay !== null
  const difference = value - previous
  const before = format.count(previous)
  const rowsBefore = rowsOf('tenantsCreated', { range: compareTo })
  if (difference === 0) return leading(words.same(before, length, isOpen), rowsBefore)
  const say = difference > 0 ? words.more : words.fewer
  return leading(
    say(Math.abs(difference), format.count(Math.abs(difference)), before, length, isOpen),
    rowsBefore,
  )
}
