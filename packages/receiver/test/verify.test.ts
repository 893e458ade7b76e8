import { createSigningSecret, parseSigningSecret, signWebhook } from '@altcontext/webhook-contract'
import { expect, test } from 'vitest'
import { path, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const url = `${path}/verify`

test('says that the key is right, and stores nothing', async () => {
  const { post } = await receiver.start()
  const response = await post({}, { url })
  expect([response.statusCode, response.json()]).toEqual([
    200,
    { ok: true, contract: 'description-service', isSignatureChecked: false },
  ])
  expect(await receiver.rows('SELECT FROM tenant_events')).toEqual([])
})

test('says that the key is wrong, and limits guessing', async () => {
  const { post } = await receiver.start({ wrongKeyRateLimit: { max: 2, timeWindowMs: 60_000 } })
  const statuses: number[] = []
  for (let index = 0; index < 4; index += 1) {
    const headers = { 'x-admin-key': `guessed-${index}-with-enough-characters` }
    statuses.push((await post({}, { url, headers })).statusCode)
  }
  expect(statuses).toEqual([401, 401, 429, 429])
})

test('judges the signature as it would that of an event', async () => {
  const signingSecret = createSigningSecret()
  const { post } = await receiver.start({ signingSecrets: signingSecret })
  const id = '0197a2b4-0000-7000-8000-000000000001'
  const timestamp = String(Math.floor(Date.now() / 1000))
  const sign = (secret: string) => ({
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signWebhook({ id, timestamp, body: '{}' }, [parseSigningSecret(secret)]),
  })
  expect((await post({}, { url, headers: sign(signingSecret) })).json()).toMatchObject({
    isSignatureChecked: true,
  })
  for (const headers of [{}, sign(createSigningSecret())]) {
    const response = await post({}, { url, headers })
    expect([response.statusCode, response.json().error]).toEqual([401, 'invalid_signature'])
  }
})
