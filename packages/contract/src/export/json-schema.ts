import * as z from 'zod/mini'
import {
  heartbeatRequestSchema,
  heartbeatResponseSchema,
  producerSchema,
  reconcileRequestSchema,
  reconcileResponseSchema,
} from '../completeness/reconcile.ts'
import { contractLimits } from '../contract-limits.ts'
import type { AnyContract, EventDefinition } from '../events/define-contract.ts'
import { envelopeSchemaOf } from '../events/parse-event.ts'
import { batchResponseSchema, singleResponseSchema, verifyResponseSchema } from '../wire/wire.ts'

/** The subset of JSON Schema 2020-12 that this package writes and compares. */
export interface JsonSchema {
  type?: string | readonly string[]
  const?: unknown
  enum?: readonly unknown[]
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: readonly string[]
  anyOf?: readonly JsonSchema[]
  oneOf?: readonly JsonSchema[]
  [keyword: string]: unknown
}

/**
 * A contract as one JSON Schema 2020-12. Its root takes any envelope; `$defs` holds one schema for each event
 * type (`#/$defs/scan.completed`), and `batch`, `singleResponse` and `batchResponse`.
 *
 * It describes what a sender writes. Three rules cannot be written in JSON Schema and are only checked by
 * `safeParseEvent`: `payload.tenantId` equals the envelope's, `occurredAt` is at most 24 hours ahead of the
 * clock, text is valid Unicode.
 */
export const toJsonSchema = (contract: AnyContract): JsonSchema => {
  const refs = Object.keys(contract.events).map((type) => ({ $ref: `#/$defs/${type}` }))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:webhook-contract:${contract.name}`,
    title: `Events of ${contract.name}`,
    oneOf: refs,
    $defs: {
      ...Object.fromEntries(
        Object.entries(contract.events).map(([type, event]) => [type, toEventSchema(type, event, contract)]),
      ),
      batch: toBatchSchema(refs),
      ...responseSchemas(),
      ...completenessSchemas(),
    },
  }
}

type Tenancy = Pick<AnyContract, 'hasTenants'>

const withTenants: Tenancy = {}

/** The envelope of one event type around its payload. */
export const toEventSchema = (
  type: string,
  event: EventDefinition,
  contract: Tenancy = withTenants,
): JsonSchema => {
  const envelope = envelopeJsonSchema(contract)
  return {
    title: type,
    description: event.description,
    ...envelope,
    properties: {
      ...envelope.properties,
      eventType: { type: 'string', const: type },
      payload: toPayloadSchema(event, contract),
    },
    examples: [
      {
        eventType: type,
        ...(contract.hasTenants === false ? {} : { tenantId: 'tenant-1' }),
        occurredAt: '2026-02-13T12:00:00Z',
        payload: event.sample,
      },
    ],
  }
}

/** A payload as a sender writes it. Private fields are marked with `x-private`. */
export const toPayloadSchema = (
  event: EventDefinition,
  { hasTenants }: Tenancy = withTenants,
): JsonSchema => {
  const { properties = {}, ...schema } = toSchema(event.payload)
  const marked = Object.entries(properties).map(([name, property]) => [
    name,
    event.privateFields?.includes(name) ? { ...property, 'x-private': true } : property,
  ])
  return {
    ...schema,
    properties: {
      ...(hasTenants === false
        ? {}
        : { tenantId: { type: 'string', description: "Repeats the envelope's tenantId, or is left out." } }),
      ...Object.fromEntries(marked),
    },
  }
}

/** The alternatives of a schema, however they are written: `anyOf`, `oneOf`, or a list of types. */
export const choicesOf = (schema: JsonSchema): readonly JsonSchema[] | undefined =>
  Array.isArray(schema.type)
    ? schema.type.map((type) => ({ ...schema, type }))
    : (schema.anyOf ?? schema.oneOf)

export const toBatchSchema = (eventRefs: readonly { $ref: string }[]): JsonSchema => ({
  title: 'batch',
  description: 'Events that travel together. The response holds one result for each, in order.',
  type: 'object',
  required: ['events'],
  properties: {
    producer: toSchema(producerSchema),
    events: {
      type: 'array',
      minItems: 1,
      maxItems: contractLimits.maxBatchEvents,
      items: {
        type: 'object',
        properties: { id: { type: 'string', format: 'uuid', description: "The event's id." } },
        oneOf: eventRefs,
      },
    },
  },
})

export const envelopeJsonSchema = (contract: Tenancy): JsonSchema => toSchema(envelopeSchemaOf(contract))

export const responseSchemas = () => ({
  singleResponse: toSchema(singleResponseSchema),
  batchResponse: toSchema(batchResponseSchema),
  verifyResponse: toSchema(verifyResponseSchema),
})

/** The bodies of `POST <path>/reconcile` and `POST <path>/heartbeat`, and their responses. */
export const completenessSchemas = () => ({
  reconcileRequest: toSchema(reconcileRequestSchema),
  reconcileResponse: toSchema(reconcileResponseSchema),
  heartbeatRequest: toSchema(heartbeatRequestSchema),
  heartbeatResponse: toSchema(heartbeatResponseSchema),
})

const readableInstant = String.raw`^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$`

const toSchema = (schema: z.core.$ZodType): JsonSchema => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    override({ jsonSchema }) {
      // zod's own pattern knows the calendar and fills five lines; `format` says the same.
      if (jsonSchema.format === 'date-time') jsonSchema.pattern = readableInstant
    },
  })
  return json as JsonSchema
}
