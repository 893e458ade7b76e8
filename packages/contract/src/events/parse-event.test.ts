import { expect, test } from 'vitest'
import { isContractError } from '../contract-error.ts'
import { descriptionServiceContract } from './description-service-contract.ts'
import { parseEvent, safeParseEvent } from './parse-event.ts'

const nowMs = Date.parse('2026-02-14T00:00:00Z')
const scan = { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 }
const event = {
  eventType: 'scan.completed',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: scan,
}
const read = (change: object) =>
  safeParseEvent(descriptionServiceContract, { ...event, ...change }, { nowMs })
const readPayload = (change: object) => read({ payload: { ...scan, ...change } })

test.each([
  ['2026-02-13T12:00:00Z', '2026-02-13T12:00:00.000Z'],
  ['2026-02-13T12:00:00+00:00', '2026-02-13T12:00:00.000Z'],
  ['2026-02-13T12:00:00.123456+00:00', '2026-02-13T12:00:00.123Z'],
  ['2026-02-13T17:45:00.5+05:45', '2026-02-13T12:00:00.500Z'],
  ['2026-02-12T23:30:00-12:00', '2026-02-13T11:30:00.000Z'],
  ['2026-02-13T12:00:00.999999999Z', '2026-02-13T12:00:00.999Z'],
  ['2026-02-13T12:00:00.120Z', '2026-02-13T12:00:00.120Z'],
  ['2026-02-13T12:00:00.12Z', '2026-02-13T12:00:00.120Z'],
  ['2026-02-13T12:00:00.1204Z', '2026-02-13T12:00:00.120Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59.000Z'],
])('%s is read as %s', (occurredAt, expected) => {
  expect(read({ occurredAt })).toMatchObject({ success: true, event: { occurredAt: expected } })
})

const instantMessage = 'Expected an ISO 8601 date and time with Z or an offset'

test.each([
  ['a time without offset', { occurredAt: '2026-02-13T12:00:00' }, 'occurredAt', instantMessage],
  ['a time in words', { occurredAt: 'yesterday' }, 'occurredAt', instantMessage],
  ['a leap second', { occurredAt: '2016-12-31T23:59:60Z' }, 'occurredAt', instantMessage],
  ['29 February 2025', { occurredAt: '2025-02-29T00:00:00Z' }, 'occurredAt', instantMessage],
  ['year 0', { occurredAt: '0000-01-01T00:00:00Z' }, 'occurredAt', 'Expected a year from 0001 to 9999'],
  [
    'a day and a millisecond ahead',
    { occurredAt: '2026-02-15T00:00:00.001Z' },
    'occurredAt',
    'Expected a time at most 24 hours in the future',
  ],
  ['no tenant', { tenantId: '' }, 'tenantId', 'Too small: expected string to have >=1 characters'],
  [
    'a tenantId of 129 characters',
    { tenantId: 't'.repeat(129) },
    'tenantId',
    'Too big: expected string to have <=128 characters',
  ],
  [
    'a NUL in tenantId',
    { tenantId: 'a\0' },
    'tenantId',
    'Expected text without control characters and without an e-mail address',
  ],
  ['a lone surrogate', { tenantId: '\ud800' }, 'tenantId', 'Expected text without control characters'],
  ['a payload that is a list', { payload: [] }, 'payload', 'Invalid input: expected record, received array'],
  [
    'an unknown event type',
    { eventType: 'scan.paused' },
    'eventType',
    'Unknown event type. Expected one of tenant.created, apikey.created, scan.completed, scan.failed, cluster.created, suggestion.generated, suggestion.resolved',
  ],
])('%s is refused', (_title, change, path, message) => {
  expect(read(change)).toEqual({ success: false, issues: [{ path, message }] })
})

test.each([
  ['a negative count', { mediaCount: -1 }, 'payload.mediaCount', 'Too small: expected number to be >=0'],
  [
    'a count above its bound',
    { mediaCount: 10_000_001 },
    'payload.mediaCount',
    'Too big: expected number to be <=10000000',
  ],
  ['a fraction', { durationMs: 1.5 }, 'payload.durationMs', 'Invalid input: expected int, received number'],
  ['NaN', { durationMs: Number.NaN }, 'payload.durationMs', 'Invalid input: expected number, received NaN'],
  [
    'text for a count',
    { mediaCount: '20' },
    'payload.mediaCount',
    'Invalid input: expected number, received string',
  ],
  [
    'a missing id',
    { jobId: undefined },
    'payload.jobId',
    'Invalid input: expected string, received undefined',
  ],
  ['a lone surrogate', { jobId: '\udc00' }, 'payload.jobId', 'Expected text without control characters'],
  [
    'a NUL',
    { jobId: 'a\0b' },
    'payload.jobId',
    'Expected text without control characters and without an e-mail address',
  ],
  [
    "another tenant's id",
    { tenantId: 'tenant-2' },
    'payload.tenantId',
    "Expected the envelope's tenantId, or nothing",
  ],
  ['a bad own timestamp', { completedAt: 'soon' }, 'payload.completedAt', instantMessage],
])('%s in the payload is refused', (_title, change, path, message) => {
  expect(readPayload(change)).toEqual({ success: false, issues: [{ path, message }] })
})

test('everything that is wrong is reported at once', () => {
  const result = read({
    occurredAt: '2026-03-01T00:00:00Z',
    payload: { ...scan, tenantId: 'x', mediaCount: -1 },
  })
  expect(result.success ? [] : result.issues.map(({ path }) => path)).toEqual([
    'occurredAt',
    'payload.tenantId',
    'payload.mediaCount',
  ])
})

test('fields that the contract does not name are dropped, in the envelope and in the payload', () => {
  const result = read({ extra: 'x', payload: { ...scan, tenantId: 'tenant-1', email: 'ada@example.com' } })
  expect(result).toEqual({
    success: true,
    event: { ...event, occurredAt: '2026-02-13T12:00:00.000Z' },
  })
})

test('__proto__ and constructor in a payload change nothing', () => {
  const payload = JSON.parse(`{"__proto__":{"jobId":"x"},"constructor":1,${JSON.stringify(scan).slice(1)}`)
  const result = read({ payload })
  expect(result).toMatchObject({ success: true, event: { payload: scan } })
  expect(read({ eventType: '__proto__' }).success).toBe(false)
})

test('the past is accepted, however old, and the future up to 24 hours', () => {
  expect(read({ occurredAt: '0001-01-01T00:00:00Z' }).success).toBe(true)
  expect(read({ occurredAt: '2026-02-15T00:00:00.000Z' }).success).toBe(true)
})

test('no issue repeats a value that was sent', () => {
  const secret = 'ada@example.com'
  const values = [
    { tenantId: `${secret}\0` },
    { eventType: secret },
    { occurredAt: secret },
    { payload: secret },
  ]
  for (const change of [
    ...values,
    { payload: { ...scan, jobId: { secret }, mediaCount: secret, tenantId: secret } },
  ]) {
    expect(JSON.stringify(read(change))).not.toContain(secret)
  }
})

test('parseEvent throws one ContractError that carries the issues', () => {
  const parse = () => parseEvent(descriptionServiceContract, { ...event, tenantId: '' }, { nowMs })
  expect(parse).toThrow(
    'Failed to read an event of the contract "description-service": tenantId: Too small: expected string to have >=1 characters. Correct the sender.',
  )
  try {
    parse()
  } catch (error) {
    expect(isContractError(error) && [error.code, error.issues]).toEqual([
      'invalid_event',
      [{ path: 'tenantId', message: 'Too small: expected string to have >=1 characters' }],
    ])
  }
  expect(parseEvent(descriptionServiceContract, event, { nowMs }).payload).toEqual(scan)
})
