import type { AttackReport, AttackTarget } from './attack.ts'
import { head, isCutWithin, openSocket } from './open-socket.ts'

/**
 * Strangers without a key who send a byte now and then: behind their 401, in the middle of their headers, or nothing.
 * Each must be cut off within `withinMs`.
 */
export const trickleBytes = async (
  target: AttackTarget,
  { perKind, withinMs, everyMs }: { perKind: number; withinMs: number; everyMs: number },
): Promise<AttackReport> => {
  const body = { 'content-type': 'application/json', 'content-length': '1000' }
  const sent = [
    head('/v1/webhooks/description-service', { ...body, 'x-admin-key': 'wrong' }),
    head('/v1/webhooks/description-service', {
      'content-type': 'text/plain',
      'transfer-encoding': 'chunked',
    }),
    head('/v1/events', body, { isWhole: false }),
    head('/v1/events', body),
  ]
  const cuts = await Promise.all(
    sent.flatMap((bytes) =>
      Array.from({ length: perKind }, async () => {
        const socket = await openSocket(target)
        socket.write(bytes)
        const trickle = setInterval(() => socket.write('x'), everyMs)
        const isCut = await isCutWithin(socket, withinMs)
        clearInterval(trickle)
        socket.destroy()
        return isCut
      }),
    ),
  )
  return {
    attack: `keep a connection for ${withinMs / 1000} s with a byte now and then`,
    tried: cuts.length,
    gotThrough: cuts.filter((isCut) => !isCut).length,
  }
}
