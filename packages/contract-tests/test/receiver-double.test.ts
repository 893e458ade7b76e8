import { createEmitter } from '@altcontext/webhook-emitter'
import { afterEach, expect, test, vi } from 'vitest'
import {
  createReceiverTarget,
  createWebhookClient,
  type ReceiverDouble,
  receiverChecks,
  runChecks,
  serveDouble,
} from '../src/index.ts'
import { startMswReceiver } from '../src/msw.ts'

const adminKey = 'double-admin-key-of-27-chars'
const url = 'https://marketing.example/v1/webhooks/description-service'
const event = {
  eventType: 'scan.completed',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
}
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
const startMsw = () => {
  const started = startMswReceiver({ url, adminKey })
  closing.push(started.close)
  return { ...started, client: createWebhookClient({ url, adminKey }) }
}

test.each([undefined, 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='])(
  'the receiver in memory keeps the promises of a receiver (secret: %s)',
  async (signingSecret) => {
    const { double, url: served, close } = await serveDouble({ adminKey, signingSecret })
    closing.push(close)
    const target = createReceiverTarget({ url: served, adminKey, signingSecret })
    const results = await runChecks(receiverChecks, target)
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    expect(double.stored.length).toBeGreaterThan(100)
  },
)

test('MSW handlers store, recognise duplicates and report what they saw', async () => {
  const { receiver, client } = startMsw()
  const found = receiver.waitFor(({ stored }) => stored.find((seen) => seen.event.tenantId === 'tenant-1'))
  const first = await client.post(event)
  const second = await client.post({ events: [event] }, { isBatch: true })
  expect(first.body).toMatchObject({ ok: true })
  expect(second.body).toMatchObject({ results: [{ status: 'duplicate' }] })
  expect((await found).event.payload).toEqual(event.payload)
  expect(receiver.requests.map(({ isBatch }) => isBatch)).toEqual([false, true])
})

test('faults come in the order in which they were planned, and then the receiver works', async () => {
  const { receiver, client } = startMsw()
  receiver.failNext({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }, { times: 2 })
  receiver.failNext({ kind: 'reset' })
  receiver.failNext({ kind: 'silence' })
  receiver.failNext({ kind: 'duplicate' })
  const storm = [await client.post(event), await client.post(event)]
  expect(storm.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
    [429, '1'],
    [429, '1'],
  ])
  await expect(client.post(event)).rejects.toThrow()
  const impatient = createWebhookClient({ url, adminKey, timeoutMs: 500 })
  await expect(impatient.post(event)).rejects.toThrow(/timeout/i)
  expect((await client.post(event)).body).toMatchObject({ duplicate: true })
  expect((await client.post({ ...event, tenantId: 'tenant-2' })).body).not.toHaveProperty('duplicate')
  receiver.reset()
  expect(receiver.stored).toEqual([])
})

test('a request to anywhere else is an error', async () => {
  const warned = vi.spyOn(console, 'error').mockReturnValue()
  startMsw()
  const elsewhere = createWebhookClient({ url: 'https://elsewhere.example/', adminKey })
  await expect(elsewhere.post(event)).rejects.toThrow()
  expect(warned).toHaveBeenCalledOnce()
  warned.mockRestore()
})

test('waiting for something that does not happen ends with what was seen instead', async () => {
  const { receiver, client } = startMsw()
  await client.post(event, { adminKey: 'wrong' })
  await expect(receiver.waitFor(({ stored }) => stored[0], { timeoutMs: 20 })).rejects.toThrow(
    'Expected something to happen within 20 ms, but it did not. Seen: 1 requests and 0 events.',
  )
})

test.each([undefined, 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='])(
  'a sender that asks whether it is accepted gets a response, over HTTP and by MSW, and nothing is stored (secret: %s)',
  async (signingSecret) => {
    const expectResponses = async (receiver: ReceiverDouble, address: string) => {
      const ask = async (key: string) => {
        await using emitter = createEmitter({ url: address, adminKey: key, signingSecret })
        return emitter.verify()
      }
      expect(await ask(adminKey)).toEqual({
        status: 'accepted',
        contract: 'description-service',
        isSignatureChecked: signingSecret !== undefined,
      })
      expect(await ask('another-key-of-24-characters')).toMatchObject({ status: 'refused' })
      expect(receiver.stored).toEqual([])
      expect(receiver.requests.map(({ isVerify }) => isVerify)).toEqual([true, true])
    }
    await using served = await serveDouble({ adminKey, signingSecret })
    await expectResponses(served.double, served.url)
    const { receiver, close } = startMswReceiver({ url, adminKey, signingSecret })
    closing.push(close)
    await expectResponses(receiver, url)
  },
)
