import type { ChannelRow } from '@altcontext/webhook-metrics'
import type { Messages } from '../messages/en.ts'

/** A channel's own name, or words for the rows that stand for none. */
export const channelName = (
  { kind, channel }: Pick<ChannelRow, 'kind' | 'channel'>,
  messages: Messages,
): string => {
  if (kind === 'no_lead') return messages.channels.noLead
  if (kind === 'remainder') return messages.channels.remainder
  return channel === 'unknown' ? messages.channels.unknown : channel
}
