import { expect, test } from 'vitest'
import { parseEnvironment } from '../src/environment.ts'

test('an empty environment means a local server with the sample', () => {
  expect(parseEnvironment({})).toEqual({
    host: '127.0.0.1',
    port: 3000,
    prepareStatements: true,
    databaseUrl: undefined,
    access: { ingest: [], read: [], admin: [], signingSecrets: [] },
    webhookRateLimit: 300,
    ipHashPepper: undefined,
    rollupIntervalSeconds: 60,
    alerts: false,
    logLevel: 'warn',
    corsAllowedOrigins: [],
    trustedProxyHops: 0,
    shutdownTimeoutSeconds: 5,
    sample: true,
    dataDirectory: '.data',
  })
})

test('with DATABASE_URL the sample is off and requests are logged', () => {
  const environment = parseEnvironment({
    DATABASE_URL: 'postgresql://localhost/marketing',
    ADMIN_API_KEY: '',
  })
  expect(environment).toMatchObject({ sample: false, logLevel: 'info', access: { admin: [] } })
})

test.each([
  ['PORT', '70000'],
  ['PORT', '-1'],
  ['DATABASE_URL', 'mysql://localhost/x'],
  ['ADMIN_API_KEY', 'short'],
  ['WEBHOOK_RATE_LIMIT', '1e6'],
  ['WEBHOOK_SIGNING_SECRET', 'secret'],
  ['IP_HASH_PEPPER', 'salt'],
  ['ROLLUP_INTERVAL_SECONDS', 'often'],
  ['LOG_LEVEL', 'loud'],
  ['CORS_ALLOWED_ORIGINS', 'https://site.example/, *'],
  ['TRUSTED_PROXY_HOPS', 'true'],
  ['SAMPLE', 'maybe'],
  ['ALERT_WEBHOOK_URL', 'http://alerts.example/token'],
  ['HOST', '192.168.1.5'],
])('%s=%s is refused without repeating the value', (name, value) => {
  expect(() => parseEnvironment({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'bad_environment', message: expect.stringContaining(name) }),
  )
  expect(() => parseEnvironment({ [name]: value })).not.toThrow(value)
})

test('alerts for which nothing would check are refused', () => {
  const variables = { ALERT_EMAIL_COMMAND: 'sendmail ops@example.com', ROLLUP_INTERVAL_SECONDS: '0' }
  expect(() => parseEnvironment(variables)).toThrow('need ROLLUP_INTERVAL_SECONDS above 0')
  expect(parseEnvironment({ ...variables, ROLLUP_INTERVAL_SECONDS: '60' }).alerts).not.toBe(false)
})

test('every bad variable is named in one message', () => {
  expect(() => parseEnvironment({ PORT: 'x', ADMIN_API_KEY: 'y', SAMPLE: 'z' })).toThrow(
    'Failed to read the environment: PORT must be a whole number from 0 to 65535; SAMPLE must be on or off; ADMIN_API_KEY has 1 characters, expected at least 24.',
  )
})
