import {
  parseSigningSecret,
  signWebhook,
  toWebhookTimestamp,
  verifyWebhook,
} from '@altcontext/webhook-contract'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { readVectors } from './vectors.ts'

interface VerifyVector {
  title: string
  secrets: string[]
  nowMs: number
  headers: Record<string, string>
  body: string
  expected: string
}
const vectors: {
  sign: { title: string; secret: string; id: string; timestamp: string; body: string; signature: string }[]
  verify: VerifyVector[]
} = readVectors('signing')

test.each(vectors.sign)('$title is signed as the vector says', ({ secret, signature, ...message }) => {
  expect(signWebhook(message, parseSigningSecret(secret))).toBe(signature)
  expect(signWebhook({ ...message, body: Buffer.from(message.body) }, parseSigningSecret(secret))).toBe(
    signature,
  )
})

test.each(vectors.verify)('$title: $expected', ({ secrets, nowMs, headers, body, expected }) => {
  const result = verifyWebhook(
    {
      id: headers['webhook-id'],
      timestamp: headers['webhook-timestamp'],
      signature: headers['webhook-signature'],
      body,
    },
    secrets.map(parseSigningSecret),
    { nowMs },
  )
  expect(result).toEqual(expected === 'ok' ? { ok: true } : { ok: false, reason: expected })
})

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const body = '{"eventType":"scan.completed","n":"ü😀"}'

test('the official standardwebhooks package accepts what we sign, for each of two keys', () => {
  const other = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
  const timestamp = toWebhookTimestamp(Date.now())
  const signature = signWebhook({ id: 'msg_1', timestamp, body }, [secret, other].map(parseSigningSecret))
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature }
  expect(signature.split(' ')).toHaveLength(2)
  expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
  expect(new Webhook(other).verify(body, headers)).toEqual(JSON.parse(body))
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
})

test('what the official standardwebhooks package signs passes our check', () => {
  const now = new Date()
  const received = {
    id: 'msg_2',
    timestamp: toWebhookTimestamp(now.getTime()),
    signature: new Webhook(secret).sign('msg_2', now, body),
    body,
  }
  const keys = [parseSigningSecret(secret)]
  expect(verifyWebhook(received, keys, { nowMs: now.getTime() })).toEqual({ ok: true })
  expect(verifyWebhook({ ...received, body: `${body} ` }, keys, { nowMs: now.getTime() }).ok).toBe(false)
})

test('an undefined tolerance does not loosen the five minutes', () => {
  const message = { id: 'a', timestamp: '1770984000', body }
  const signature = signWebhook(message, parseSigningSecret(secret))
  const options = { nowMs: 1_770_984_000_000 + 300_001, toleranceMs: undefined }
  expect(verifyWebhook({ ...message, signature }, [parseSigningSecret(secret)], options)).toEqual({
    ok: false,
    reason: 'timestamp_too_old',
  })
})

test('a valid signature after 16 others is ignored', () => {
  const message = { id: 'a', timestamp: '1770984000', body }
  const genuine = signWebhook(message, parseSigningSecret(secret))
  const signature = `${'v1,AAAA '.repeat(16)}${genuine}`
  const options = { nowMs: 1_770_984_000_000 }
  expect(verifyWebhook({ ...message, signature }, [parseSigningSecret(secret)], options).ok).toBe(false)
})
