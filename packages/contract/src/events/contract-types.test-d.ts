import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  defineContract,
  type EmittedPayload,
  type EventPayload,
  type EventPayloadInput,
  type EventType,
  type WebhookEvent,
} from './define-contract.ts'
import type {
  DescriptionServiceContract,
  descriptionServiceContract,
} from './description-service-contract.ts'
import type { parseEvent } from './parse-event.ts'

type C = DescriptionServiceContract

expectTypeOf<EventType<C>>().toEqualTypeOf<
  | 'tenant.created'
  | 'apikey.created'
  | 'scan.completed'
  | 'scan.failed'
  | 'cluster.created'
  | 'suggestion.generated'
  | 'suggestion.resolved'
>()
expectTypeOf<EventPayload<C, 'scan.completed'>['mediaCount']>().toEqualTypeOf<number>()
expectTypeOf<EventPayload<C, 'suggestion.resolved'>['resolution']>().toEqualTypeOf<'accepted' | 'rejected'>()
expectTypeOf<EventPayload<C, 'tenant.created'>['siteUrl']>().toEqualTypeOf<string | null | undefined>()
expectTypeOf<EventPayloadInput<C, 'tenant.created'>['tenantId']>().toEqualTypeOf<string | undefined>()
expectTypeOf<EventPayload<C, 'tenant.created'>>().not.toHaveProperty('tenantId')
expectTypeOf<Extract<WebhookEvent<C>, { eventType: 'scan.failed' }>['payload']>().toEqualTypeOf<
  EventPayload<C, 'scan.failed'>
>()
expectTypeOf<ReturnType<typeof parseEvent<typeof descriptionServiceContract>>>().toEqualTypeOf<
  WebhookEvent<C>
>()

export const complete: EventPayloadInput<C, 'scan.completed'> = {
  jobId: 'job-1',
  mediaCount: 1,
  identitiesDetected: 1,
  durationMs: 1,
}
// @ts-expect-error a payload without its counts
export const incomplete: EventPayloadInput<C, 'scan.completed'> = { jobId: 'job-1' }
// @ts-expect-error not a resolution
export const unresolved: EventPayloadInput<C, 'suggestion.resolved'>['resolution'] = 'ignored'

const shop = defineContract({
  name: 'shop',
  hasTenants: false,
  events: {
    'order.paid': {
      description: 'Paid.',
      payload: z.object({ orderId: z.string() }),
      sample: { orderId: 'o-1' },
    },
  },
})
expectTypeOf<EmittedPayload<typeof shop, 'order.paid'>>().toEqualTypeOf<{ orderId: string }>()
