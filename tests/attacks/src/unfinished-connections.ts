import type { AttackReport, AttackTarget } from './attack.ts'
import { head, openSocket } from './open-socket.ts'

/**
 * Holds connections open that never finish a request, and then asks the server to stop: it must do so in time.
 *
 * @param withinMs - the server's shutdown time-out, and what a process needs in addition.
 */
export const holdUnfinishedConnections = async (
  target: AttackTarget,
  { perKind, withinMs }: { perKind: number; withinMs: number },
): Promise<AttackReport> => {
  const { adminKey } = target
  const json = { 'content-type': 'application/json', 'x-admin-key': adminKey, 'content-length': '100' }
  const path = '/v1/webhooks/description-service'
  const sent = ['', head(path, json, { isWhole: false }), head(path, json), `${head(path, json)}{"eventType"`]
  const sockets = await Promise.all(
    sent.flatMap((bytes) =>
      Array.from({ length: perKind }, async () => {
        const socket = await openSocket(target)
        if (bytes !== '') await new Promise((resolve) => socket.write(bytes, resolve))
        return socket
      }),
    ),
  )
  const startMs = performance.now()
  const isStopped = await Promise.race([
    target.stop().then(() => true),
    new Promise<false>((resolve) => setTimeout(resolve, withinMs + 60_000, false)),
  ])
  const isInTime = isStopped && performance.now() - startMs <= withinMs
  for (const socket of sockets) socket.destroy()
  return {
    attack: 'keep the server from stopping with connections that never finish a request',
    tried: sockets.length,
    gotThrough: isInTime ? 0 : sockets.length,
  }
}
