import type { AnyContract } from '../events/define-contract.ts'
import { webhookHeaders } from '../wire/webhook-headers.ts'
import { toEventSchema } from './json-schema.ts'

/** A contract as AsyncAPI 3.0, from the sender's side: one channel over HTTP, one message for each event type. */
export const toAsyncApi = (contract: AnyContract): Record<string, unknown> => {
  const types = Object.keys(contract.events)
  return {
    asyncapi: '3.0.0',
    info: { title: `Events of ${contract.name}`, version: '1.0.0' },
    defaultContentType: 'application/json',
    channels: {
      webhook: {
        address: `/v1/webhooks/${contract.name}`,
        messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
      },
    },
    operations: {
      sendEvent: {
        action: 'send',
        channel: { $ref: '#/channels/webhook' },
        summary: 'An event is posted to the receiver, again until it answers.',
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
        messages: types.map((type) => ({ $ref: `#/channels/webhook/messages/${type}` })),
      },
    },
    components: {
      messages: Object.fromEntries(
        Object.entries(contract.events).map(([type, event]) => [
          type,
          {
            name: type,
            summary: event.description,
            contentType: 'application/json',
            headers: headersSchema,
            payload: {
              schemaFormat: 'application/schema+json;version=draft-2020-12',
              schema: toEventSchema(type, event),
            },
          },
        ]),
      ),
    },
  }
}

const headersSchema = {
  type: 'object',
  required: [webhookHeaders.id, webhookHeaders.timestamp, webhookHeaders.adminKey],
  properties: Object.fromEntries(Object.values(webhookHeaders).map((name) => [name, { type: 'string' }])),
}
