import { expect, test } from 'vitest'
import { z } from 'zod'
import { type AnyContract, defineContract } from './define-contract.ts'

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
    }),
  ).toBe(
    'Failed to define the contract "shop": order.paid has no field "sentAt" for its timestamp; ' +
      'order.sent has no field "email" to keep private; ' +
      'the sample of order.sent at orderId: Too small: expected string to have >=1 characters. Correct the definition.',
  )
})

test('a contract without events is refused', () => {
  expect(messageOf({})).toBe(
    'Failed to define the contract "shop": it has no events. Correct the definition.',
  )
})
