import type { ChannelRow } from '@altcontext/webhook-metrics'
import type { Messages } from '../messages/en.ts'

/** The display name of a known channel, the stored text of any other, and words for rows that are not a channel. */
export const channelName = (
  { kind, channel }: Pick<ChannelRow, 'kind' | 'channel'>,
  messages: Messages,
): string => {
  if (kind === 'no_lead') return messages.channels.noLead
  if (kind === 'remainder') return messages.channels.remainder
  const { named } = messages.channels
  return Object.hasOwn(named, channel) ? named[channel as keyof typeof named] : channel
}

/** The same for what a place is narrowed to: a channel, or the tenants without a known lead. */
export const shownChannelName = (channel: string, messages: Messages): string =>
  channelName({ kind: channel === 'none' ? 'no_lead' : 'channel', channel }, messages)
