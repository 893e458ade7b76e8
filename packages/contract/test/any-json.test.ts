import {
  descriptionServiceContract,
  safeParseEvent,
  withoutPrivateFields,
} from '@altcontext/webhook-contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCharacter } from './any-character.ts'

// `npm run fuzz` raises it.
const fuzzFactor = Number(process.env.FUZZ_FACTOR ?? 1)

const eventTypes = Object.keys(descriptionServiceContract.events)

test('any JSON is either refused with issues or read into something storable, and nothing throws', {
  tags: ['fuzz'],
}, () => {
  const envelope = fc.record({
    eventType: fc.oneof(fc.constantFrom(...eventTypes), fc.string()),
    tenantId: fc.oneof(fc.string({ unit: anyCharacter }), fc.jsonValue()),
    occurredAt: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.string(),
    ),
    payload: fc.oneof(
      fc.constantFrom(...Object.values(descriptionServiceContract.events).map(({ sample }) => sample)),
      fc.jsonValue(),
    ),
  })
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), envelope), (value) => {
      const result = safeParseEvent(descriptionServiceContract, value, { nowMs: 1_770_984_000_000 })
      if (!result.success) {
        expect(result.issues.length).toBeGreaterThan(0)
        return
      }
      const text = JSON.stringify(withoutPrivateFields(descriptionServiceContract, result.event))
      expect(text).not.toContain('\\u0000')
      expect(text.isWellFormed()).toBe(true)
      expect(
        safeParseEvent(descriptionServiceContract, JSON.parse(text), { nowMs: 1_770_984_000_000 }),
      ).toEqual({
        success: true,
        event: JSON.parse(text),
      })
    }),
    { numRuns: 200 * fuzzFactor },
  )
})
