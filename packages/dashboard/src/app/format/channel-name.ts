import type { ChannelRow } from '@altcontext/webhook-metrics'
import type { Messages } from '../messages/en.ts'

/** Words for a channel that the host names, any other as it is written, and words for the rows that stand for none. */
export const channelName = (
  { kind, channel }: Pick<ChannelRow, 'kind' | 'channel'>,
  messages: Messages,
): string => {
  if (kind === 'no_lead') return messages.channels.noLead
  if (kind === 'remainder') return messages.channels.remainder
  const { named } = messages.channels
  return Object.hasOwn(named, channel) ? named[channel as keyof typeof named] : channel
}
