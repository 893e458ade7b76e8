import { type AttackReport, type AttackTarget, allowedSince } from './attack.ts'

/** The id of a note or a view that does not exist. */
export const idOfNone = '00000000-0000-4000-8000-000000000001'

/** Every route that takes a key, and how a key is tried there. */
export const keyRoutes: readonly ((key: string) => [path: string, init: RequestInit])[] = [
  (key) => ['/v1/webhooks/description-service', { method: 'POST', headers: { 'x-admin-key': key } }],
  (key) => ['/v1/metrics/bridge', { headers: { 'x-admin-key': key } }],
  (key) => ['/v1/metrics/summary', { headers: { 'x-admin-key': key } }],
  (key) => ['/v1/leads/delete', { method: 'POST', headers: { 'x-admin-key': key } }],
  (key) => [
    '/v1/dashboard/api/session',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ adminKey: key }),
    },
  ],
  ...['notes', 'saved-views'].flatMap((written) => [
    (key: string): [string, RequestInit] => [
      `/v1/metrics/${written}`,
      { method: 'POST', headers: { 'x-admin-key': key, 'content-type': 'application/json' }, body: '{}' },
    ],
    (key: string): [string, RequestInit] => [
      `/v1/metrics/${written}/${idOfNone}`,
      { method: 'DELETE', headers: { 'x-admin-key': key } },
    ],
  ]),
]

/**
 * Tries wrong keys on one route after the other. One limit holds for all of them together: keys that are checked beyond it got
 * through. Afterwards the valid key must still be accepted from the same address.
 */
export const tryWrongKeys = async (
  { host, port, adminKey }: AttackTarget,
  { tries, limit }: { tries: number; limit: number },
): Promise<AttackReport> => {
  const origin = `http://${host}:${port}`
  const startMs = performance.now()
  let judged = 0
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const route = keyRoutes[attempt % keyRoutes.length] as (typeof keyRoutes)[number]
    const [path, init] = route(`a-key-that-is-wrong-${attempt}`)
    const response = await fetch(`${origin}${path}`, init)
    await response.arrayBuffer()
    if (response.status !== 429) judged += 1
  }
  const own = await fetch(`${origin}/v1/webhooks/description-service`, {
    method: 'POST',
    headers: { 'x-admin-key': adminKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      eventType: 'scan.completed',
      tenantId: 'tenant-1',
      occurredAt: '2026-02-13T12:00:00Z',
      payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
    }),
  })
  const isLockedOut = own.status !== 200
  return {
    attack: 'guess the key on every route that takes it, or lock its owner out',
    tried: tries,
    gotThrough: Math.max(0, judged - allowedSince(startMs, limit)) + (isLockedOut ? 1 : 0),
  }
}
