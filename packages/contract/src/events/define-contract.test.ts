import { expect, test } from 'vitest'
import { z } from 'zod'
import { toEventSchema } from '../export/json-schema.ts'
import { toPythonTypes } from '../export/python-types.ts'
import { toTypeScriptTypes } from '../export/typescript-types.ts'
import { type AnyContract, defineContract, type EventDefinition } from './define-contract.ts'
import { safeParseEvent } from './parse-event.ts'

const event = {
  description: 'An order was paid.',
  payload: z.object({ orderId: z.string().min(1), paidAt: z.iso.datetime().optional() }),
  timestamp: 'paidAt' as const,
  sample: { orderId: 'o-1' },
}
const messageOf = (events: object): string => {
  try {
    defineContract({ name: 'shop', events: events as AnyContract['events'] })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('a definition becomes a frozen contract', () => {
  const contract = defineContract({ name: 'shop', events: { 'order.paid': event } })
  expect(contract.name).toBe('shop')
  expect(Object.isFrozen(contract) && Object.isFrozen(contract.events)).toBe(true)
})

test.each([
  ['Order.paid', 'is not lower-case words joined by dots'],
  ['paid', 'is not lower-case words joined by dots'],
  [`order.${'x'.repeat(60)}`, 'at most 64 characters'],
])('the event type %s is refused', (type, expected) => {
  expect(messageOf({ [type]: event })).toContain(expected)
})

test('every contradiction is named in one message', () => {
  expect(
    messageOf({
      'order.paid': { ...event, timestamp: 'sentAt' },
      'order.sent': { ...event, privateFields: ['email'], sample: { orderId: '' } },
      'buyer.joined': { ...event, leadAddress: 'orderId', milestone: 'joined' },
    }),
  ).toBe(
    'Failed to define the contract "shop": order.paid has no field "sentAt" for its timestamp; ' +
      'order.sent has no field "email" to keep private; ' +
      'the sample of order.sent at orderId: Too small: expected string to have >=1 characters; ' +
      'buyer.joined names its lead by "orderId", which is not among its private fields; ' +
      'buyer.joined has the milestone "joined", which is not one of created, firstKey, firstUse. Correct the definition.',
  )
})

test('a contract without events is refused', () => {
  expect(messageOf({})).toBe(
    'Failed to define the contract "shop": it has no events. Correct the definition.',
  )
})

test('in a contract without tenants, every event belongs to the contract, whatever tenantId says', () => {
  const contract = defineContract({
    name: 'shop',
    hasTenants: false,
    events: {
      'order.paid': { description: event.description, payload: event.payload, sample: event.sample },
    },
  })
  for (const tenantId of [undefined, 'somebody']) {
    const envelope = {
      eventType: 'order.paid',
      occurredAt: '2026-02-13T12:00:00Z',
      payload: { orderId: 'o-1' },
    }
    expect(safeParseEvent(contract, { ...envelope, tenantId })).toMatchObject({
      success: true,
      event: { tenantId: 'shop', payload: { orderId: 'o-1' } },
    })
  }
  expect(
    toEventSchema('order.paid', contract.events['order.paid'] as EventDefinition, contract),
  ).toMatchObject({
    required: ['eventType', 'occurredAt', 'payload'],
    properties: { payload: { properties: expect.not.objectContaining({ tenantId: expect.anything() }) } },
  })
  expect(toPythonTypes(contract)).not.toMatch(/tenantId:|"tenantId": \{/)
  expect(toTypeScriptTypes(contract)).not.toContain('tenantId')
})
