import type { Consumer, JsMsg } from '@nats-io/jetstream'

const expiresMs = 5000
const idleHeartbeatMs = 1000

/**
 * Asks for messages once and hands over each as it comes; resolves when there were as many as asked for, or after five seconds. One
 * request after the other, and none that goes on by itself: so a broker that is silent, or whose disks were wiped, is an error within
 * seconds, and nothing waits for a consumer that is never coming back.
 *
 * @throws when the consumer or the broker does not answer
 */
export const fetchMessages = async (
  consumer: Consumer,
  maxMessages: number,
  onMessage: (message: JsMsg) => void,
  signal: AbortSignal,
): Promise<void> => {
  const messages = await consumer.fetch({
    max_messages: maxMessages,
    expires: expiresMs,
    idle_heartbeat: idleHeartbeatMs,
    bind: true,
  })
  const stop = (): void => void messages.close()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    for await (const message of messages) onMessage(message)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
