import { expect, test } from 'vitest'
import { descriptionServiceContract } from '../events/description-service-contract.ts'
import { withoutPrivateFields } from './without-private-fields.ts'

const event = {
  eventType: 'tenant.created',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00.000Z',
  payload: { siteUrl: 'https://gallery.example', email: 'ada@example.com' },
}

test('the address of tenant.created is left out, and the event that was given is not changed', () => {
  const reduced = withoutPrivateFields(descriptionServiceContract, event)
  expect(reduced).toEqual({ ...event, payload: { siteUrl: 'https://gallery.example' } })
  expect(event.payload.email).toBe('ada@example.com')
})

test.each(['tenant.deleted', 'toString', '__proto__'])(
  'the payload of %s, which the contract does not know, is emptied',
  (eventType) => {
    expect(withoutPrivateFields(descriptionServiceContract, { ...event, eventType }).payload).toEqual({})
  },
)
