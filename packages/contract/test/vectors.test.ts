import {
  dedupeId,
  dedupeNamespace,
  descriptionServiceContract,
  isEventId,
  parseEvent,
  redactText,
  reduceToOrigin,
  safeParseEvent,
} from '@altcontext/webhook-contract'
import fc from 'fast-check'
import { v5 } from 'uuid'
import { expect, test } from 'vitest'
import { readVectors } from './vectors.ts'

const parsing = readVectors('parsing')
const dedupe = readVectors('dedupe-ids')
const redaction = readVectors('redaction')

test.each<{ title: string; input: unknown; event?: unknown; issues?: string[] }>(parsing.vectors)(
  'parsing: $title',
  ({ input, event, issues }) => {
    const result = safeParseEvent(descriptionServiceContract, input, { nowMs: Date.parse(parsing.now) })
    if (result.success) expect(result.event).toEqual(event)
    else expect(result.issues.map(({ path }) => path)).toEqual(issues)
  },
)

test.each<Record<'title' | 'eventType' | 'tenantId' | 'occurredAt' | 'normalisedOccurredAt' | 'id', string>>(
  dedupe.vectors,
)('dedupe id: $title', ({ eventType, tenantId, occurredAt, normalisedOccurredAt, id }) => {
  const payload = descriptionServiceContract.events[eventType as 'scan.completed'].sample
  const event = parseEvent(descriptionServiceContract, { eventType, tenantId, occurredAt, payload })
  expect(event.occurredAt).toBe(normalisedOccurredAt)
  expect(dedupeId(event)).toBe(id)
  expect(isEventId(id)).toBe(true)
})

test('the dedupe id of any triple is the UUIDv5 that the uuid package makes', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.date({ noInvalidDate: true }),
      fc.string({ unit: 'grapheme' }),
      (type, date, tenantId) => {
        const occurredAt = date.toISOString()
        expect(dedupeId({ eventType: type, occurredAt, tenantId })).toBe(
          v5(`${type}\n${occurredAt}\n${tenantId}`, dedupeNamespace),
        )
      },
    ),
  )
})

test.each<{ input: string; expected: string }>(redaction.texts)('redacted: $input', ({ input, expected }) => {
  expect(redactText(input)).toBe(expected)
})

test.each<{ input: string; expected: string | null }>(redaction.siteUrls)(
  'the origin of $input is $expected',
  ({ input, expected }) => {
    expect(reduceToOrigin(input)).toBe(expected)
  },
)

test.each(['06C35D91-22ED-5146-B310-419D39639211', '00000000-0000-0000-0000-000000000000'])(
  '%s is an event id',
  (id) => expect(isEventId(id)).toBe(true),
)

test.each(['06c35d9122ed5146b310419d39639211', '06c35d91-22ed-5146-b310-419d3963921', 'msg_1', '', 7, null])(
  '%j is not an event id',
  (id) => expect(isEventId(id)).toBe(false),
)
