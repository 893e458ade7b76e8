import { createSigningSecret } from '@altcontext/webhook-contract'
import {
  createEmitter,
  createEmitterFromEnv,
  EmitterError,
  type EmitterOptions,
} from '@altcontext/webhook-emitter'
import { expect, test } from 'vitest'
import { adminKey, createStubReceiver, scan, url } from './stub-receiver.ts'

const messageOf = (create: () => unknown): string => {
  try {
    create()
  } catch (error) {
    expect(error).toBeInstanceOf(EmitterError)
    expect((error as EmitterError).code).toBe('invalid_options')
    return (error as EmitterError).message
  }
  throw new Error('Expected an error')
}

test('every bad option is named in one error, without the secrets', () => {
  const message = messageOf(() =>
    createEmitter({
      url: 'http://marketing.example/hooks?token=hush',
      adminKey: 'short-hush',
      signingSecret: ['whsec_hush', createSigningSecret()],
      batch: { maxEvents: 501 },
      retry: { delaysMs: [0], longDelaysMs: [1.5], maxRetryAfterMs: -1, retryAfterBudgetMs: Number.NaN },
      timeoutMs: 0,
      maxConcurrentRequests: 65,
    }),
  )
  expect(message).toBe(
    'Failed to create an emitter: url is http to marketing.example, expected https (http is allowed to loopback only); ' +
      'adminKey has 10 characters, expected at least 24; ' +
      'signingSecret[0] is not a signing secret, expected "whsec_" and base64 of 24 to 64 bytes; ' +
      'batch.maxEvents is 501, expected a whole number from 1 to 500; ' +
      'retry.delaysMs[0] is 0, expected a whole number from 1 to 604800000; ' +
      'retry.longDelaysMs[0] is 1.5, expected a whole number from 1 to 604800000; ' +
      'retry.maxRetryAfterMs is -1, expected a whole number from 0 to 86400000; ' +
      'retry.retryAfterBudgetMs is NaN, expected a whole number from 0 to 604800000; ' +
      'timeoutMs is 0, expected a whole number from 1 to 300000; ' +
      'maxConcurrentRequests is 65, expected a whole number from 1 to 64. Correct the options.',
  )
})

test.each([
  'https://marketing.example/hooks',
  'http://localhost:3000/hooks',
  'http://127.0.0.1/hooks',
  'http://127.8.9.1:80/hooks',
  'http://[::1]:3000/hooks',
])('%s is taken', (address) => {
  expect(() => createEmitter({ url: address, adminKey })).not.toThrow()
})

test.each([
  ['http://marketing.example/', 'url is http to marketing.example'],
  ['http://localhost.example/', 'url is http to localhost.example'],
  ['http://127.0.0.1.example/', 'url is http to 127.0.0.1.example'],
  ['http://[::2]/', 'url is http to [::2]'],
  ['http://0.0.0.0/', 'url is http to 0.0.0.0'],
  ['ftp://marketing.example/', 'url is not an https address'],
  ['marketing.example', 'url is not an https address'],
  ['https://me:hush@marketing.example/', 'url holds a user name or password'],
  ['', 'url is missing'],
])('%s is refused', (address, problem) => {
  const message = messageOf(() => createEmitter({ url: address, adminKey }))
  expect(message).toContain(problem)
  expect(message).not.toContain('hush')
})

test.each([
  ['', 'adminKey is missing'],
  ['contains spaces and is long enough', 'adminKey has characters that a header cannot carry'],
  ['line\nbreaks-are-header-injection', 'adminKey has characters that a header cannot carry'],
])('the key %j is refused', (key, problem) => {
  expect(messageOf(() => createEmitter({ url, adminKey: key }))).toContain(problem)
})

test('an undefined option means the default', async () => {
  const names: (keyof EmitterOptions<never>)[] = [
    'contract',
    'signingSecret',
    'outbox',
    'batch',
    'retry',
    'timeoutMs',
    'maxConcurrentRequests',
    'logger',
    'onAttempt',
    'onDead',
    'now',
  ]
  const receiver = createStubReceiver(({ number }) => (number === 1 ? { status: 302 } : undefined))
  const emitter = createEmitter({
    url,
    adminKey,
    fetch: receiver.fetch,
    ...Object.fromEntries(names.map((name) => [name, undefined])),
  })
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({
    reason: 'paused',
    detail: 'HTTP 302',
  })
})

test.each([
  [{ timeout: 5000 }, 'timeout is not an option; did you mean timeoutMs?'],
  [{ adminkey: adminKey }, 'adminkey is not an option; did you mean adminKey?'],
  [{ retry: { delays: [1] } }, 'retry.delays is not an option; did you mean delaysMs?'],
  [{ batch: { maxEvent: 5 } }, 'batch.maxEvent is not an option; did you mean maxEvents?'],
])('an option that does not exist is refused, from JavaScript too: %j', (options, problem) => {
  expect(messageOf(() => createEmitter({ url, adminKey, ...options } as EmitterOptions))).toBe(
    `Failed to create an emitter: ${problem}. Correct the options.`,
  )
})

test('the batch route is added to the path, before the query', async () => {
  const receiver = createStubReceiver()
  const emitter = createEmitter({
    url: 'https://receiver.example/hooks/?a=1#top',
    adminKey,
    fetch: receiver.fetch,
  })
  await Promise.all([emitter.emit('scan.completed', scan('1')), emitter.emit('scan.completed', scan('2'))])
  await emitter.flush()
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/hooks/batch'])
})

test('createEmitterFromEnv names every variable that is missing or wrong', () => {
  expect(messageOf(() => createEmitterFromEnv({}, {}))).toBe(
    "Failed to create an emitter: WEBHOOK_URL is missing, expected the receiver's https address; " +
      'ADMIN_API_KEY is missing. Correct the options.',
  )
  expect(
    messageOf(() =>
      createEmitterFromEnv(
        {},
        { WEBHOOK_URL: 'nowhere', ADMIN_API_KEY: 'short', WEBHOOK_SIGNING_SECRET: 'hush' },
      ),
    ),
  ).toBe(
    'Failed to create an emitter: WEBHOOK_URL is not an https address; ADMIN_API_KEY has 5 characters, expected at ' +
      'least 24; WEBHOOK_SIGNING_SECRET[0] is not a signing secret, expected "whsec_" and base64 of 24 to 64 bytes. ' +
      'Correct the options.',
  )
})

test.each(['', ' ', ','])(
  'a WEBHOOK_SIGNING_SECRET that is set to %j is refused, never read as unsigned',
  (blank) => {
    const env = {
      WEBHOOK_URL: 'https://receiver.example',
      ADMIN_API_KEY: adminKey,
      WEBHOOK_SIGNING_SECRET: blank,
    }
    expect(messageOf(() => createEmitterFromEnv({}, env))).toContain(
      'WEBHOOK_SIGNING_SECRET is not a signing secret',
    )
  },
)

test('createEmitterFromEnv reads the three variables, and overrides win', async () => {
  const receiver = createStubReceiver()
  const emitter = createEmitterFromEnv(
    { fetch: receiver.fetch, url: 'https://other.example/elsewhere' },
    {
      WEBHOOK_URL: 'https://receiver.example/hooks',
      ADMIN_API_KEY: ` ${adminKey}\n`,
      WEBHOOK_SIGNING_SECRET: `${createSigningSecret()} ${createSigningSecret()}`,
    },
  )
  await emitter.deliver('scan.completed', scan())
  const [request] = receiver.requests
  expect(request?.path).toBe('/elsewhere')
  expect(request?.headers.get('x-admin-key')).toBe(adminKey)
  expect(request?.headers.get('webhook-signature')?.split(' ')).toHaveLength(2)
})
