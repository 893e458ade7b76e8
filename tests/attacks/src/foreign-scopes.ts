import type { AttackReport, AttackTarget } from './attack.ts'
import { idOfNone, keyRoutes } from './wrong-keys.ts'

/**
 * Tries a key that may only send, and one that may only read, on every route that takes a key. Each must be accepted on its own
 * routes only.
 */
export const tryForeignScopes = async (
  { host, port }: AttackTarget,
  keys: { ingest: string; read: string },
): Promise<AttackReport> => {
  const own: Record<string, 'ingest' | 'read'> = {
    '/v1/webhooks/description-service': 'ingest',
    '/v1/metrics/bridge': 'read',
    '/v1/metrics/summary': 'read',
    '/v1/dashboard/api/session': 'read',
    '/v1/metrics/notes': 'read',
    '/v1/metrics/saved-views': 'read',
    [`/v1/metrics/notes/${idOfNone}`]: 'read',
    [`/v1/metrics/saved-views/${idOfNone}`]: 'read',
  }
  let tried = 0
  let gotThrough = 0
  for (const scope of ['ingest', 'read'] as const) {
    for (const route of keyRoutes) {
      const [path, init] = route(keys[scope])
      const response = await fetch(`http://${host}:${port}${path}`, init)
      await response.arrayBuffer()
      tried += 1
      const isRefused = response.status === 401
      if (isRefused === (own[path] === scope)) gotThrough += 1
    }
  }
  return { attack: 'use a key for something that it was not given for', tried, gotThrough }
}
