import { expect, test } from 'vitest'
import { dedupeId } from './dedupe-id.ts'

test('gives an event whose tenantId holds half a surrogate pair the id of the replacement character', () => {
  const event = { eventType: 'scan.completed', occurredAt: '2026-02-13T12:00:00.000Z' }
  expect(dedupeId({ ...event, tenantId: 'tenant-\ud800' })).toBe(
    dedupeId({ ...event, tenantId: 'tenant-\ufffd' }),
  )
})
