import { contractLimits } from '../contract-limits.ts'
import type { AnyContract } from '../events/define-contract.ts'
import { describeResponses, issuesSchema, statusesOf } from '../wire/response-schemas.ts'
import { type ResponseCode, responseCodesOf, responses } from '../wire/responses.ts'
import { webhookHeaders } from '../wire/webhook-headers.ts'
import { completenessSchemas, responseSchemas, toBatchSchema, toEventSchema } from './json-schema.ts'

/**
 * A contract as OpenAPI 3.1: the receiver's five routes under `paths`, and each event under `webhooks`.
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
      [`${path}/verify`]: {
        post: operation(
          'verifySender',
          'Say whether key and signature are valid, and store nothing',
          { type: 'object' },
          'verifyResponse',
        ),
      },
      [`${path}/reconcile`]: {
        post: operation(
          'reconcile',
          'Compare what a producer has delivered with what is stored',
          schemaRef('reconcileRequest'),
          'reconcileResponse',
        ),
      },
      [`${path}/heartbeat`]: {
        post: operation(
          'heartbeat',
          'Say up to when everything is delivered, and that the producer is alive',
          schemaRef('heartbeatRequest'),
          'heartbeatResponse',
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
      responses: errorResponses,
      schemas: {
        ...Object.fromEntries(
          Object.entries(contract.events).map(([type, event]) => [
            type,
            toEventSchema(type, event, contract),
          ]),
        ),
        batch: toBatchSchema(refs),
        ...responseSchemas(),
        ...completenessSchemas(),
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
      Object.keys(errorResponses).map((status) => [status, { $ref: `#/components/responses/${status}` }]),
    ),
  },
})

const errorSchema = {
  type: 'object',
  required: ['ok', 'error'],
  properties: {
    ok: { const: false },
    error: { type: 'string', enum: responseCodesOf('webhooks') },
    issues: issuesSchema,
  },
}

const retryAfter = { 'retry-after': { description: 'Seconds to wait.', schema: { type: 'string' } } }

const errorResponse = (codes: readonly ResponseCode[]) => ({
  description: describeResponses(codes),
  ...(codes.some((code) => responses[code].hasRetryAfter) && { headers: retryAfter }),
  content: { 'application/json': { schema: schemaRef('error') } },
})

const errorResponses = Object.fromEntries(
  [...statusesOf(responseCodesOf('webhooks'))].map(([status, codes]) => [status, errorResponse(codes)]),
)
