import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { waitUntil } from '../bench/wait-until.ts'
import type { CarriedMessage } from '../scenario.ts'

export interface CarriedReading {
  messages: CarriedMessage[]
  /** For each copy that was read and ended before the stream's last message, how many messages it lacked. */
  lacking: number[]
}

/** Every message that the stream of a round holds, from its first to its last. */
export const readCarried = async (connection: NatsConnection, stream: string): Promise<CarriedReading> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const lacking: number[] = []
  let messages: CarriedMessage[] = []
  // A cluster that was just repaired may respond later. Each try reads one of the servers' copies, which the broker chooses.
  await waitUntil('the stream can be read', async () => {
    messages = []
    try {
      const { state } = await manager.streams.info(stream)
      const consumer = await jetstream(connection).consumers.get(stream)
      for (let before = -1; messages.length > before && messages.length < state.messages; ) {
        before = messages.length
        const max_messages = Math.min(1000, state.messages - before)
        for await (const message of await consumer.fetch({ max_messages, expires: 2000 })) {
          const header = (name: string): string => message.headers?.get(name) ?? ''
          messages.push({ id: header('webhook-id'), messageId: header('Nats-Msg-Id') })
        }
      }
      if (messages.length < state.messages) lacking.push(state.messages - messages.length)
      return messages.length === state.messages
    } catch {
      return false
    }
  })
  return { messages, lacking }
}
