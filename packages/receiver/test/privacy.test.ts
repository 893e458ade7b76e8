import { randomUUID } from 'node:crypto'
import { dumpDatabase } from '@altcontext/test-database'
import { recordIngestRejections } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventually, path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()

const addresses = fc.sample(
  fc.tuple(fc.stringMatching(/^[a-z][a-z0-9.+_-]{2,12}[a-z0-9]$/), fc.stringMatching(/^[a-z]{3,10}$/)),
  { numRuns: 1000, seed: 20261122 },
)

test('keeps none of 1,000 random addresses in the database or in the logs', async () => {
  const { post, logs } = await receiver.start({
    rateLimit: false,
    onRefused: recordIngestRejections(fromPg(receiver.pool)),
  })
  const needles = addresses.map(([name, host], n) => `${name}.${n}@${host}-mail.example`)
  const plain = { ...scanCompleted(), occurredAt: '2026-02-13T12:00:00Z' }
  const bodiesWith = (address: string, n: number): [unknown, object?][] => {
    const at = (eventType: string, payload: object) => ({
      ...plain,
      tenantId: randomUUID(),
      eventType,
      payload,
      [address]: address,
    })
    const all: [unknown, object?][] = [
      [
        at('tenant.created', {
          email: address,
          siteUrl: `https://${address}/${address}?user=${address}#${address}`,
        }),
      ],
      [at('tenant.created', { email: ` ${address.toUpperCase()} `, siteUrl: `mailto:${address}` })],
      [
        at('scan.failed', {
          jobId: 'j',
          mediaCount: 1,
          errorMessage: `no face for <${address}>, ${address}: gone`,
        }),
      ],
      [
        at('scan.failed', {
          jobId: 'j',
          mediaCount: 1,
          errorMessage: `GET https://${address}/?q=${encodeURIComponent(address)}`,
        }),
      ],
      [at('scan.completed', { ...plain.payload, contact: address, [address]: { nested: [address] } })],
      // Refused: the type, the payload, the tenant, the JSON, the key.
      [at(address, { email: address })],
      [at('tenant.created', { email: address, createdAt: address })],
      [at('scan.completed', { ...plain.payload, mediaCount: address, tenantId: address })],
      [`{"email":"${address}"`],
      [at('tenant.created', { email: address }), { headers: { 'x-admin-key': address } }],
      [
        {
          events: [at('tenant.created', { email: address }), at('scan.failed', { email: address }), address],
        },
        { url: `${path}/batch` },
      ],
      [{ events: address, [address]: 1 }, { url: `${path}/batch` }],
      [at('tenant.created', { email: address }), { headers: { 'content-type': `text/${address}` } }],
    ]
    return n % 10 === 0 ? all : all.slice(0, 1 + (n % all.length))
  }
  const requests = needles.flatMap(bodiesWith)
  for (let start = 0; start < requests.length; start += 200) {
    const group = requests.slice(start, start + 200)
    const responses = await Promise.all(group.map(([body, options]) => post(body, options)))
    expect(responses.filter(({ statusCode }) => statusCode >= 500)).toEqual([])
  }
  await eventually(async () => {
    const [rejections] = await receiver.rows<{ count: string }>('SELECT count(*) FROM ingest_rejections')
    expect(Number(rejections?.count)).toBeGreaterThan(100)
  })

  const [stored] = await receiver.rows<{ count: string }>('SELECT count(*) FROM tenant_events')
  expect(Number(stored?.count)).toBeGreaterThan(3000)
  const text = `${await dumpDatabase(receiver.pool)}\n${logs()}`.toLowerCase()
  // Every address ends so: looking for a thousand of them in all the text would take seconds.
  const ends = [...text.matchAll(/-mail\.example/g)]
    .map(({ index }) => text.slice(Math.max(0, index - 100), index + 13))
    .join('\n')
  expect(
    needles.filter(
      (needle) => ends.includes(needle) || ends.includes(encodeURIComponent(needle).toLowerCase()),
    ),
  ).toEqual([])
  expect([...text.matchAll(/[a-z0-9]@[a-z]+-mail/g)].map(([match]) => match)).toEqual([])
})
