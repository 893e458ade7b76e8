import type { AttackReport } from './attack.ts'
import { head, isCutWithin, openSocket } from './open-socket.ts'

/** Requests of strangers: after their 401, in the middle of their headers, or without a length. */
export const slowRequests = (paths: readonly [own: string, other: string]): string[] => {
  const body = { 'content-type': 'application/json', 'content-length': '1000' }
  return [
    head(paths[0], { ...body, 'x-admin-key': 'wrong', authorization: 'Bearer wrong' }),
    head(paths[0], { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' }),
    head(paths[1], body, { isWhole: false }),
    head(paths[1], body),
  ]
}

/** Strangers without a key who send a byte from time to time. Each must be cut off within `withinMs`. */
export const trickleBytes = async (
  target: { host: string; port: number },
  {
    requests,
    perKind,
    withinMs,
    everyMs,
  }: { requests: readonly string[]; perKind: number; withinMs: number; everyMs: number },
): Promise<AttackReport> => {
  const cuts = await Promise.all(
    requests.flatMap((bytes) =>
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
    attack: `keep a connection for ${withinMs / 1000} s with a byte from time to time`,
    tried: cuts.length,
    gotThrough: cuts.filter((isCut) => !isCut).length,
  }
}
