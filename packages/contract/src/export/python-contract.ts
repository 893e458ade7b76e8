import * as z from 'zod'
import { contractLimits } from '../contract-limits.ts'
import { dedupeNamespace } from '../events/dedupe-id.ts'
import type { AnyContract } from '../events/define-contract.ts'
import { redactText } from '../privacy/redact-text.ts'
import { reduceToOrigin } from '../privacy/reduce-to-origin.ts'
import { envelopeJsonSchema, toPayloadSchema } from './json-schema.ts'
import { pythonLiteral } from './python-literal.ts'

/**
 * The rules of a contract as a Python dictionary: what an emitter in Python needs to read an event as `safeParseEvent`
 * does. `reductions` names the fields whose text is reduced: `redact_text` or `reduce_to_origin`.
 */
export const toPythonContract = (contract: AnyContract): string => {
  const events = Object.entries(contract.events).map(([type, event]) => {
    const { properties = {}, required = [] } = toPayloadSchema(event, { hasTenants: false })
    const reductions = Object.entries(event.payload.shape).flatMap(([field, schema]) => {
      const reduction = reductionOf(schema as z.ZodType)
      return reduction === undefined ? [] : [[field, reduction]]
    })
    return [
      type,
      {
        timestamp: event.timestamp ?? null,
        privateFields: event.privateFields ?? [],
        reductions: Object.fromEntries(reductions),
        required,
        properties,
      },
    ]
  })
  const { tenantId, occurredAt } = envelopeJsonSchema(contract).properties ?? {}
  return pythonLiteral({
    name: contract.name,
    dedupeNamespace,
    limits: contractLimits,
    envelope: { tenantId, occurredAt },
    events: Object.fromEntries(events),
  })
}

const reductions = new Map<unknown, string>([
  [redactText, 'redact_text'],
  [reduceToOrigin, 'reduce_to_origin'],
])

// A transform of another contract's own cannot be exported; the receiver applies it.
const reductionOf = (schema: z.ZodType): string | undefined => {
  let inner: z.core.$ZodType = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.unwrap()
  const out = inner instanceof z.ZodPipe ? inner.def.out : undefined
  return out instanceof z.ZodTransform ? reductions.get(out.def.transform) : undefined
}
