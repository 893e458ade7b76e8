import { count, defineContract, identifier, instantSchema, redactText } from '@altcontext/webhook-contract'
import { z } from 'zod'

/** The events from the shop to the books. A shop has no tenants, and only `order.placed` has its own time. */
export const contract = defineContract({
  name: 'shop',
  hasTenants: false,
  events: {
    'order.placed': {
      description: 'A buyer placed an order.',
      payload: z.object({
        orderId: identifier(),
        buyerEmail: z.email(),
        cents: count(100_000_000),
        placedAt: instantSchema.optional(),
      }),
      timestamp: 'placedAt',
      privateFields: ['buyerEmail'],
      sample: { orderId: 'order-1', buyerEmail: 'ada@example.com', cents: 4200 },
    },
    'order.paid': {
      description: 'An order was paid.',
      payload: z.object({ orderId: identifier(), cents: count(100_000_000) }),
      sample: { orderId: 'order-1', cents: 4200 },
    },
    'order.refunded': {
      description: 'Money went back to the buyer.',
      payload: z.object({
        orderId: identifier(),
        cents: count(100_000_000),
        reason: z.string().transform(redactText).nullish(),
      }),
      sample: { orderId: 'order-1', cents: 1200, reason: 'It arrived broken' },
    },
  },
})
