import { contractLimits } from '../contract-limits.ts'
import type { AnyContract } from '../events/define-contract.ts'
import { webhookHeaders } from '../wire/webhook-headers.ts'
import { responseSchemas, toBatchSchema, toEventSchema } from './json-schema.ts'

/**
 * A contract as OpenAPI 3.1: the receiver's two routes under `paths`, and each event under `webhooks`.
 * The routes are those of `createReceiver`'s default path, `/v1/webhooks/<contract name>`.
 */
export const toOpenApi = (contract: AnyContract): Record<string, unknown> => {
  const path = `/v1/webhooks/${contract.name}`
  const refs = Object.keys(contract.events).map(schemaRef)
  return {
    openapi: '3.1.1',
    info: {
      title: `Webhooks of ${contract.name}`,
      version: '1.0.0',
      description: 'Standard Webhooks with a shared key. Unknown payload fields are dropped.',
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    security: [{ adminKey: [] }],
    paths: {
      [path]: {
        post: operation('receiveEvent', 'Receive one event', { oneOf: refs }, 'singleResponse'),
      },
      [`${path}/batch`]: {
        post: operation(
          'receiveBatch',
          `Receive up to ${contractLimits.maxBatchEvents} events`,
          schemaRef('batch'),
          'batchResponse',
        ),
      },
    },
    webhooks: Object.fromEntries(
      Object.entries(contract.events).map(([type, { description }]) => [
        type,
        { post: operation(`on ${type}`, description, schemaRef(type), 'singleResponse') },
      ]),
    ),
    components: {
      securitySchemes: { adminKey: { type: 'apiKey', in: 'header', name: webhookHeaders.adminKey } },
      parameters: {
        id: header(
          webhookHeaders.id,
          "The event's id, the same on every attempt. A UUID identifies the event.",
          {
            type: 'string',
          },
        ),
        timestamp: header(webhookHeaders.timestamp, 'Seconds since 1970 of this attempt.', {
          type: 'string',
          pattern: '^[0-9]{1,12}$',
        }),
        signature: header(
          webhookHeaders.signature,
          'One or more `v1,<base64>`, separated by spaces. Required when the receiver has a signing secret.',
          { type: 'string' },
        ),
      },
      responses,
      schemas: {
        ...Object.fromEntries(
          Object.entries(contract.events).map(([type, event]) => [type, toEventSchema(type, event)]),
        ),
        batch: toBatchSchema(refs),
        ...responseSchemas(),
        error: errorSchema,
      },
    },
  }
}

const schemaRef = (name: string) => ({ $ref: `#/components/schemas/${name}` })

const header = (name: string, description: string, schema: object) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
})

const operation = (operationId: string, summary: string, schema: object, response: string) => ({
  operationId,
  summary,
  parameters: ['id', 'timestamp', 'signature'].map((name) => ({ $ref: `#/components/parameters/${name}` })),
  requestBody: { required: true, content: { 'application/json': { schema } } },
  responses: {
    200: {
      description: 'Committed, now or by an earlier attempt.',
      content: { 'application/json': { schema: schemaRef(response) } },
    },
    ...Object.fromEntries(
      Object.keys(responses).map((status) => [status, { $ref: `#/components/responses/${status}` }]),
    ),
  },
})

const errorSchema = {
  type: 'object',
  required: ['ok', 'error'],
  properties: {
    ok: { const: false },
    error: { type: 'string' },
    issues: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
}

const error = (description: string, headers?: object) => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { 'application/json': { schema: schemaRef('error') } },
})

const retryAfter = { 'retry-after': { description: 'Seconds to wait.', schema: { type: 'string' } } }

const responses = {
  400: error('The body breaks the contract; `issues` names each field. Not to be sent again.'),
  401: error('The key or the signature is wrong.'),
  413: error('The body is too large. Halve the batch.'),
  415: error('The body is not `application/json`.'),
  429: error('Too many requests. Wait and send again.', retryAfter),
  503: error('Not stored. Wait and send again.', retryAfter),
}
