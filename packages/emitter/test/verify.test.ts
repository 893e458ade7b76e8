import { expect, test } from 'vitest'
import { startEmitter } from './start-emitter.ts'

const date = (offMs: number) => ({ date: new Date(Date.now() + offMs).toUTCString() })

test('asks with one request whose body holds no event', async () => {
  const { emitter, receiver } = startEmitter(() => ({
    status: 200,
    body: { ok: true, contract: 'description-service', isSignatureChecked: true },
  }))
  expect(await emitter.verify()).toEqual({
    status: 'accepted',
    contract: 'description-service',
    isSignatureChecked: true,
  })
  expect(receiver.requests.map(({ path, body }) => [path, body])).toEqual([['/hooks/verify', '{}']])
  expect(emitter.stats()).toMatchObject({ accepted: 0, rejected: 0 })
  await emitter.close()
})

test.each([
  [{ status: 401, body: { ok: false, error: 'unauthorized' } }, 'unauthorized', 'HTTP 401 unauthorized'],
  [
    { status: 401, body: { ok: false, error: 'invalid_signature' } },
    'invalid_signature',
    'HTTP 401 invalid_signature',
  ],
  [
    { status: 401, body: { ok: false, error: 'invalid_signature' }, headers: date(3_600_000) },
    'wrong_clock',
    'HTTP 401 invalid_signature',
  ],
  [{ status: 404, body: 'Not found' }, 'not_found', 'HTTP 404'],
  [{ status: 302, headers: { location: 'https://elsewhere.example/' } }, 'redirected', 'HTTP 302'],
])('says for %j that the sender is refused as %s', async (reply, reason, detail) => {
  const { emitter } = startEmitter(() => reply)
  expect(await emitter.verify()).toMatchObject({ status: 'refused', reason, detail })
  expect(emitter.health()).toEqual({ status: 'ok' })
  await emitter.close()
})

test.each([
  [{ failure: Object.assign(new Error('to 10.0.0.1'), { code: 'ECONNREFUSED' }) }, 'ECONNREFUSED'],
  [{ status: 503, body: { ok: false, error: 'database_unavailable' } }, 'http_503'],
  [{ status: 429, body: { ok: false, error: 'rate_limited' } }, 'http_429'],
  [{ status: 200, body: '<html>' }, 'malformed_response'],
])('says for %j that the sender cannot be judged yet', async (reply, error) => {
  const { emitter, receiver } = startEmitter(() => reply)
  expect(await emitter.verify()).toEqual({ status: 'unavailable', error })
  expect(receiver.requests).toHaveLength(1)
  await emitter.close()
})
