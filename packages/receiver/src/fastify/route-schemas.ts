import {
  type AnyContract,
  contractLimits,
  errorSchemas,
  type JsonSchema,
  responseCodesOf,
  toEventSchema,
  toJsonSchema,
  webhookHeaders,
} from '@altcontext/webhook-contract'
import type { FastifyInstance, FastifySchema } from 'fastify'
import type { WebhookRequest } from '../receiving/receive-webhook.ts'

// What @fastify/swagger reads besides Fastify's own fields.
interface DocumentedSchema extends FastifySchema {
  summary: string
  description: string
  tags: string[]
  consumes: string[]
}

type RouteSchemas = Record<WebhookRequest['kind'], FastifySchema>

/**
 * The routes for OpenAPI. They only document; the contract itself decides what is accepted. Unless `@fastify/swagger` was registered
 * first, nobody reads them and they are not made: they would take 3 MB for nothing.
 */
export const createRouteSchemas = (
  fastify: FastifyInstance,
  contract: AnyContract,
  { isSigned }: { isSigned: boolean },
): RouteSchemas =>
  fastify.hasDecorator('swagger')
    ? documentedSchemas(contract, isSigned)
    : { single: {}, batch: {}, verify: {}, reconcile: {}, heartbeat: {} }

const documentedSchemas = (
  contract: AnyContract,
  isSigned: boolean,
): Record<keyof RouteSchemas, DocumentedSchema> => {
  const events = Object.entries(contract.events).map(([type, event]) => toEventSchema(type, event, contract))
  const batchEvents = events.map((event) => ({
    ...event,
    properties: { id: { type: 'string', format: 'uuid' }, ...event.properties },
  }))
  const {
    singleResponse,
    batchResponse,
    verifyResponse,
    reconcileRequest,
    reconcileResponse,
    heartbeatRequest,
    heartbeatResponse,
  } = toJsonSchema(contract).$defs as Record<string, JsonSchema>
  const common = { tags: ['webhooks'], consumes: ['application/json'], headers: headersSchema(isSigned) }
  return {
    single: {
      ...common,
      summary: `Receive one event of ${contract.name}`,
      description: 'Responds after the event is committed. The same event sent again is stored once.',
      body: { oneOf: events },
      response: { 200: singleResponse, ...errorResponses },
    },
    batch: {
      ...common,
      summary: `Receive up to ${contractLimits.maxBatchEvents} events of ${contract.name}`,
      description:
        'One result for each event, in the order of the request. Only events whose result is "retry" may be sent again.',
      body: {
        type: 'object',
        required: ['events'],
        properties: {
          producer: {
            type: 'string',
            format: 'uuid',
            description: 'The durable outbox that they come from.',
          },
          events: {
            type: 'array',
            minItems: 1,
            maxItems: contractLimits.maxBatchEvents,
            items: { oneOf: batchEvents },
          },
        },
      },
      response: { 200: batchResponse, ...errorResponses },
    },
    verify: {
      ...common,
      summary: 'Say whether key and signature are valid',
      description: 'Judges the request like one with an event, and stores nothing.',
      body: { type: 'object' },
      response: { 200: verifyResponse, ...errorResponses },
    },
    reconcile: {
      ...common,
      summary: 'Compare what a producer has delivered with what is stored',
      description: 'One result for each range, in the order of the request. See docs/completeness.md.',
      body: reconcileRequest,
      response: { 200: reconcileResponse, ...errorResponses },
    },
    heartbeat: {
      ...common,
      summary: 'Say up to when everything is delivered, and that the producer is alive',
      description: 'Keeps the last heartbeat of each producer. See docs/completeness.md.',
      body: heartbeatRequest,
      response: { 200: heartbeatResponse, ...errorResponses },
    },
  }
}

const errorResponses = errorSchemas(responseCodesOf('webhooks'))

const headersSchema = (isSigned: boolean) => ({
  type: 'object',
  required: [
    webhookHeaders.adminKey,
    ...(isSigned ? [webhookHeaders.id, webhookHeaders.timestamp, webhookHeaders.signature] : []),
  ],
  properties: {
    [webhookHeaders.adminKey]: { type: 'string', description: 'The shared key.' },
    [webhookHeaders.id]: {
      type: 'string',
      description:
        'A UUID: the id of the event, the same on every attempt. For a batch, the id of the batch.',
    },
    [webhookHeaders.timestamp]: { type: 'string', description: 'Seconds since 1970 of this attempt.' },
    [webhookHeaders.signature]: {
      type: 'string',
      description: 'Standard Webhooks signature: v1 and base64, separated by a comma.',
    },
  },
})
