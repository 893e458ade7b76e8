import { $ZodNullable, $ZodOptional, $ZodPipe, $ZodTransform, type $ZodType } from 'zod/v4/core'
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
    const reductions = Object.entries(event.payload._zod.def.shape).flatMap(([field, schema]) => {
      const reduction = reductionOf(schema)
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

// A transform that another contract defines itself cannot be exported; the receiver applies it.
const reductionOf = (schema: $ZodType): string | undefined => {
  let inner = schema
  while (inner instanceof $ZodOptional || inner instanceof $ZodNullable) {
    inner = inner._zod.def.innerType
  }
  const out = inner instanceof $ZodPipe ? inner._zod.def.out : undefined
  return out instanceof $ZodTransform ? reductions.get(out._zod.def.transform) : undefined
}
