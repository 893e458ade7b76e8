import { contractLimits } from '../contract-limits.ts'
import { dedupeNamespace } from '../events/dedupe-id.ts'
import type { AnyContract } from '../events/define-contract.ts'
import {
  envelopeJsonSchema,
  type JsonSchema,
  responseSchemas,
  toPayloadSchema,
} from '../export/json-schema.ts'
import { webhookHeaders } from '../wire/webhook-headers.ts'

/** Everything of a contract that the other side can notice, as plain JSON that can be kept and compared. */
export interface ContractSnapshot {
  snapshotVersion: 1
  name: string
  events: Record<string, EventSnapshot>
  envelope: JsonSchema
  responses: Record<string, JsonSchema>
  wire: {
    headers: Record<string, string>
    signatureVersion: string
    dedupeNamespace: string
    limits: Record<string, number>
  }
}

export interface EventSnapshot {
  description: string
  /** Left out if the payload has none of its own. */
  timestamp?: string
  privateFields: readonly string[]
  payload: JsonSchema
}

export const createSnapshot = (contract: AnyContract): ContractSnapshot => ({
  snapshotVersion: 1,
  name: contract.name,
  events: Object.fromEntries(
    Object.entries(contract.events).map(([type, event]) => [
      type,
      {
        description: event.description,
        ...(event.timestamp === undefined ? {} : { timestamp: event.timestamp }),
        privateFields: event.privateFields ?? [],
        payload: toPayloadSchema(event, contract),
      },
    ]),
  ),
  envelope: envelopeJsonSchema(contract),
  responses: responseSchemas(),
  wire: {
    headers: { ...webhookHeaders },
    signatureVersion: 'v1',
    dedupeNamespace,
    limits: { ...contractLimits },
  },
})

/** @throws {SyntaxError} for a text that is not a snapshot of a version that this package reads */
export const parseSnapshot = (text: string): ContractSnapshot => {
  const value = JSON.parse(text)
  if (value?.snapshotVersion !== 1 || typeof value.events !== 'object' || typeof value.wire !== 'object') {
    throw new SyntaxError('Expected a contract snapshot of version 1')
  }
  return value
}
