import type { Consumer, JsMsg } from '@nats-io/jetstream'

const expiresMs = 2000
/** Two missed heartbeats are an error. A busy machine, of client or broker, must not look like a broker that is unavailable. */
const idleHeartbeatMs = 1000

/**
 * Asks for messages once and hands over each as it comes; resolves when as many came as were asked for, or after two seconds. Each
 * request ends before the next begins, and none continues by itself: so a broker that is silent, or whose disks were wiped, is an error
 * within seconds, and nothing waits for a consumer that no longer exists.
 *
 * @param signal - Ends it at once. Messages that the broker has already sent are redelivered after the consumer's ack wait, so a caller that has
 * messages to finish waits that time instead.
 * @throws when the consumer or the broker does not respond
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
