import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { waitUntil } from '../bench/wait-until.ts'
import type { CarriedMessage } from '../scenario.ts'

/** Every message that the stream of a round holds, from its first to its last. */
export const readCarried = async (connection: NatsConnection, stream: string): Promise<CarriedMessage[]> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  let messages: CarriedMessage[] = []
  // A cluster that has just healed may answer later.
  await waitUntil('the stream can be read', async () => {
    messages = []
    try {
      const { state } = await manager.streams.info(stream)
      if (state.messages === 0) return true
      const consumer = await jetstream(connection).consumers.get(stream)
      for await (const message of await consumer.consume({ max_messages: 1000 })) {
        const header = (name: string): string => message.headers?.get(name) ?? ''
        messages.push({ id: header('webhook-id'), messageId: header('Nats-Msg-Id') })
        if (message.seq >= state.last_seq) break
      }
      return messages.length === state.messages
    } catch {
      return false
    }
  })
  return messages
}
