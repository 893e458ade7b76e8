import type { AnyContract } from '../events/define-contract.ts'
import { webhookHeaders } from '../wire/webhook-headers.ts'
import { completenessSchemas, type JsonSchema, toEventSchema } from './json-schema.ts'

/** A contract as AsyncAPI 3.0, from the sender's side: a channel over HTTP with one message for each event type, and those of `docs/completeness.md`. */
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
      ...Object.fromEntries(
        completenessMessages.map(({ name }) => [
          name,
          {
            address: `/v1/webhooks/${contract.name}/${name}`,
            messages: { [name]: { $ref: `#/components/messages/${name}` } },
          },
        ]),
      ),
    },
    operations: {
      sendEvent: {
        action: 'send',
        channel: { $ref: '#/channels/webhook' },
        summary: 'An event is posted to the receiver, and again until it responds.',
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
        messages: types.map((type) => ({ $ref: `#/channels/webhook/messages/${type}` })),
      },
      ...Object.fromEntries(
        completenessMessages.map(({ name, operation, summary }) => [
          operation,
          {
            action: 'send',
            channel: { $ref: `#/channels/${name}` },
            summary,
            bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
            messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
          },
        ]),
      ),
    },
    components: {
      messages: Object.fromEntries([
        ...Object.entries(contract.events).map(([type, event]) =>
          message(type, event.description, toEventSchema(type, event, contract)),
        ),
        ...completenessMessages.map(({ name, summary, schema }) =>
          message(name, summary, completenessSchemas()[schema]),
        ),
      ]),
    },
  }
}

const message = (name: string, summary: string, schema: JsonSchema) => [
  name,
  {
    name,
    summary,
    contentType: 'application/json',
    headers: headersSchema,
    payload: { schemaFormat: 'application/schema+json;version=draft-2020-12', schema },
  },
]

const completenessMessages = [
  {
    name: 'reconcile',
    operation: 'reconcile',
    summary: 'Delivered events are compared with stored ones, and the differences are named.',
    schema: 'reconcileRequest',
  },
  {
    name: 'heartbeat',
    operation: 'sendHeartbeat',
    summary: 'Says how far everything is delivered, and that the producer is alive.',
    schema: 'heartbeatRequest',
  },
] as const

const headersSchema = {
  type: 'object',
  required: [webhookHeaders.id, webhookHeaders.timestamp, webhookHeaders.adminKey],
  properties: Object.fromEntries(Object.values(webhookHeaders).map((name) => [name, { type: 'string' }])),
}
