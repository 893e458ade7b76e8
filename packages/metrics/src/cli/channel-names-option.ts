import { InvalidArgumentError, Option } from 'commander'
import type { ChannelNames } from '../touches/normalise-channel.ts'

/** The server's option `channelNames`, for a command: it does not know the server's options. */
export const channelNamesOption = (): Option =>
  new Option(
    '--channel-name <own=channel>',
    "the host's own name for a channel, as in the server's option channelNames; once for each",
  )
    .argParser(addChannelName)
    .default({}, 'none')

const addChannelName = (pair: string, before: ChannelNames): ChannelNames => {
  const [, own, channel] = /^([^=]+)=(.+)$/.exec(pair) ?? []
  if (own === undefined || channel === undefined) {
    throw new InvalidArgumentError("Expected a pair such as 'Partner portal=partner'.")
  }
  return { ...before, [own]: channel }
}
