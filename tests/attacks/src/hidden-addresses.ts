import { readFileSync } from 'node:fs'
import type { AttackReport, AttackTarget } from './attack.ts'

const address = 'canary.ada@private-mail.example'
const seen = /canary\.ada|private-mail/gi
const hooks = '/v1/webhooks/description-service'

const webhook = (fields: Record<string, unknown>, payload: Record<string, unknown>) => ({
  tenantId: 'tenant-of-ada',
  occurredAt: '2026-02-13T12:00:00Z',
  ...fields,
  payload,
})
const created = webhook(
  { eventType: 'tenant.created' },
  { siteUrl: `https://site.example/${address}?to=${address}`, email: address },
)
const failed = webhook(
  { eventType: 'scan.failed' },
  { jobId: 'job-1', mediaCount: 1, errorMessage: `no response from ${address}` },
)
const visit = {
  anonId: 'anon-of-ada',
  path: `/welcome/${address}`,
  referrer: `https://other.example/u/${encodeURIComponent(address)}`,
  utm: { source: address, medium: `to ${address}`, campaign: address, term: address, content: address },
}

const reports = [
  'bridge',
  'summary',
  'service-usage',
  'funnel',
  'channels',
  'cohorts',
  'tenants',
  'events',
  'restatements',
]

/** Every route, and a body that it takes. */
const routes: readonly { path: string; body?: object }[] = [
  { path: hooks, body: created },
  { path: hooks, body: failed },
  { path: `${hooks}/batch`, body: { events: [created, failed, { email: address }] } },
  { path: `${hooks}/verify`, body: failed },
  { path: '/v1/events', body: { ...visit, eventType: `view ${address}` } },
  {
    path: '/v1/leads/capture',
    body: { ...visit, email: address, formName: address, sourceChannel: address },
  },
  { path: '/v1/leads/unsubscribe', body: { email: address } },
  { path: '/v1/leads/confirm', body: { email: address } },
  { path: '/v1/dashboard/api/session', body: { adminKey: address } },
  ...reports.map((report) => ({ path: `/v1/metrics/${report}` })),
  ...[
    '/v1/metrics/tenants/tenant-1',
    '/v1/metrics/open-metrics',
    '/v1/dashboard/',
    '/v1/dashboard/api/bridge',
  ].map((path) => ({ path })),
  ...['/v1/healthz', '/docs', '/site/', '/nowhere'].map((path) => ({ path })),
]

/**
 * Puts an address into path, query, headers and body of every route, in requests that are accepted and in requests that are refused, then
 * has the lead deleted. Places in the log or in any table that hold a part of the address got through.
 */
export const hideAddresses = async (target: AttackTarget): Promise<AttackReport> => {
  const origin = `http://${target.host}:${target.port}`
  let tried = 0
  const ask = async (path: string, init: RequestInit & { key: string }): Promise<void> => {
    tried += 1
    const headers = {
      'x-admin-key': init.key,
      // Each from a different address, so that no limit keeps a request from its route.
      'x-forwarded-for': `10.1.${tried >> 8}.${tried & 255}`,
      ...init.headers,
    }
    const response = await fetch(`${origin}${path}`, { ...init, headers, redirect: 'manual' })
    await response.arrayBuffer()
  }
  const named = {
    referer: `https://other.example/${address}`,
    'user-agent': address,
    cookie: `session=${address}`,
    'webhook-id': address,
    traceparent: address,
  }
  const json = { 'content-type': 'application/json' }
  for (const { path, body } of routes) {
    for (const key of [target.adminKey, address]) {
      await ask(`${path}?email=${address}&from=${address}`, { key, headers: named })
      await ask(`${path.replace(/\/$/, '')}/${encodeURIComponent(address)}`, { key, headers: named })
      await ask(path, {
        key,
        method: 'POST',
        headers: { ...named, ...json },
        body: JSON.stringify(body ?? { email: address }),
      })
      await ask(path, {
        key,
        method: 'POST',
        headers: json,
        body: JSON.stringify(body ?? { email: address }),
      })
      await ask(path, { key, method: 'POST', headers: json, body: `{"email":"${address}",` })
      await ask(path, { key, method: 'POST', headers: { 'content-type': `text/${address}` }, body: address })
    }
  }
  const hasBeenStored = seen.test(await target.dump())
  await ask('/v1/leads/delete', {
    key: target.adminKey,
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email: address }),
  })
  // A client has its response before the line of its request is written: wait until no more come.
  for (let [known, length] = [-1, 0]; known !== length; ) {
    known = length
    await new Promise((resolve) => setTimeout(resolve, 500))
    length = target.log().length
  }
  const lines = target.log().split('\n').length
  const found = [...target.log().matchAll(seen), ...(await target.dump()).matchAll(seen)]
  return {
    attack: `leave an address in the log (level trace, ${lines} lines) or in a table, on ${routes.length} routes, with the lead itself deleted`,
    tried,
    // A run that stored no lead, or logged nothing, has not shown anything.
    gotThrough: found.length + (hasBeenStored && lines > routes.length ? 0 : 1),
  }
}

const identifiers: readonly [eventType: string, field: string, payload: Record<string, unknown>][] = [
  ['scan.completed', 'tenantId', { jobId: 'j', mediaCount: 1, identitiesDetected: 1, durationMs: 1 }],
  ['scan.completed', 'jobId', { mediaCount: 1, identitiesDetected: 1, durationMs: 1 }],
  ['scan.failed', 'jobId', { mediaCount: 1 }],
  ['cluster.created', 'clusterId', { identityCount: 1, algorithm: 'a' }],
  ['cluster.created', 'algorithm', { clusterId: 'c', identityCount: 1 }],
  ['suggestion.generated', 'jobId', { count: 1 }],
  ['suggestion.resolved', 'suggestionId', { resolution: 'accepted' }],
  ['apikey.created', 'keyPrefix', {}],
  ['apikey.created', 'rateLimitTier', { keyPrefix: 'ac_live' }],
]
// Within sixteen characters, the length of a key's prefix.
const shapes = ['a@b.example', 'x a@b.example', 'a @ b.example', '<a@b.example>', 'A@B.EXAMPLE']

/** Sends addresses as identifiers, alone and in batches. None may be stored. */
export const nameAddresses = async (target: AttackTarget): Promise<AttackReport> => {
  const events = identifiers.flatMap(([eventType, field, payload]) =>
    shapes.map((shape) =>
      field === 'tenantId'
        ? webhook({ eventType, tenantId: shape }, payload)
        : webhook({ eventType }, { ...payload, [field]: shape }),
    ),
  )
  const send = async (path: string, body: object): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://${target.host}:${target.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-admin-key': target.adminKey },
      body: JSON.stringify(body),
    })
    return { status: response.status, text: await response.text() }
  }
  let gotThrough = 0
  for (const event of events) {
    if ((await send(hooks, event)).status !== 400) gotThrough += 1
  }
  const { text } = await send(`${hooks}/batch`, { events })
  gotThrough += events.length - (text.match(/"status":"invalid"/g)?.length ?? 0)
  const [stored] = await target.query<{ count: number }>('SELECT count(*)::int AS count FROM tenant_events')
  return {
    attack: `store an address as one of ${identifiers.length} identifiers, alone and in batches`,
    tried: 2 * events.length,
    gotThrough: gotThrough + (stored?.count ?? 1),
  }
}

interface RedactionVectors {
  texts: readonly { input: string; expected: string }[]
  siteUrls: readonly { input: string; expected: string | null }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../packages/contract/vectors/redaction.json', import.meta.url), 'utf8'),
) as RedactionVectors

/** Sends the redaction vectors as errors and as sites' addresses: the stored text must be exactly what the vectors say. */
export const sendSecrets = async (target: AttackTarget): Promise<AttackReport> => {
  const events = [
    ...vectors.texts.map(({ input }, index) =>
      webhook(
        { eventType: 'scan.failed', tenantId: `text-${index}` },
        { jobId: 'j', mediaCount: 1, errorMessage: input },
      ),
    ),
    ...vectors.siteUrls.map(({ input }, index) =>
      webhook({ eventType: 'tenant.created', tenantId: `site-${index}` }, { siteUrl: input }),
    ),
  ]
  const response = await fetch(`http://${target.host}:${target.port}${hooks}/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-admin-key': target.adminKey },
    body: JSON.stringify({ events }),
  })
  await response.arrayBuffer()
  const rows = await target.query<{ tenant: string; stored: string | null }>(
    `SELECT tenant_id AS tenant, COALESCE(payload ->> 'errorMessage', payload ->> 'siteUrl') AS stored FROM tenant_events`,
  )
  const stored = new Map(rows.map((row) => [row.tenant, row.stored]))
  const wrong = [
    ...vectors.texts.filter(({ expected }, index) => stored.get(`text-${index}`) !== expected),
    ...vectors.siteUrls.filter(({ expected }, index) => stored.get(`site-${index}`) !== expected),
  ]
  return {
    attack:
      "store an address or a credential in a free text or a site's address, in every encoding of the vectors",
    tried: events.length,
    gotThrough: wrong.length,
  }
}
