import type { Consumer, JsMsg } from '@nats-io/jetstream'

const expiresMs = 2000
/** Two that are missed are an error. A busy machine, of client or broker, must not look like a broker that is away. */
const idleHeartbeatMs = 1000

/**
 * Asks for messages once and hands over each as it comes; resolves when there were as many as asked for, or after two seconds. One
 * request after the other, and none that goes on by itself: so a broker that is silent, or whose disks were wiped, is an error within
 * seconds, and nothing waits for a consumer that is never coming back.
 *
 * @param signal - Ends it at once. What the broker has sent by then comes again after the consumer's ack wait, so whoever has something
 * to finish waits that time instead.
 * @throws when the consumer or the broker does not answer
 */
export const fetchMessages = async (
  consumer: Consumer,
  maxMessages: number,
  onMessage: (message: JsMsg) => void,
  signal?: AbortSignal | undefined,
): Promise<void> => {
  const messages = await consumer.fetch({
    max_messages: maxMessages,
    expires: expiresMs,
    idle_heartbeat: idleHeartbeatMs,
    bind: true,
  })
  const stop = (): void => void messages.close()
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    for await (const message of messages) onMessage(message)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
