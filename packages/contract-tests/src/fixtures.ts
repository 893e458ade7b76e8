import { randomUUID } from 'node:crypto'
import { type AnyContract, type JsonSchema, toPayloadSchema } from '@altcontext/webhook-contract'
import * as z from 'zod/mini'

/** An envelope as a sender writes it. */
export interface EventFixture {
  eventType: string
  tenantId: string
  occurredAt: string
  payload: Record<string, unknown>
}

export interface BrokenFixture {
  /** `scan.completed with mediaCount below 0` */
  title: string
  event: EventFixture
  /** Where the issue is: `payload.mediaCount`. */
  path: string
}

/** One valid event of each type, from the contract's samples. */
export const validFixtures = (contract: AnyContract, tenantId = 'tenant-1'): EventFixture[] =>
  Object.entries(contract.events).map(([eventType, { sample }]) => ({
    eventType,
    tenantId: contract.hasTenants === false ? contract.name : tenantId,
    occurredAt: '2026-02-13T12:00:00Z',
    payload: { ...sample },
  }))

const isTaken = (schema: z.core.$ZodType | undefined, value: unknown): boolean =>
  schema !== undefined && z.safeParse(schema, value).success

/** A tenant that no earlier run has used. */
export const newTenantOf = (contract: AnyContract): string =>
  contract.hasTenants === false ? contract.name : `contract-tests-${randomUUID()}`

/**
 * An event that nobody has sent before, for promises that hold for any: its tenant is new, or, in a contract without tenants,
 * its time. If a type changes a day's numbers, the event is of that type: those are the most frequent.
 */
export const newEvent = (contract: AnyContract, changes: Partial<EventFixture> = {}): EventFixture => {
  const [eventType, definition] =
    Object.entries(contract.events).find(([, { changesDay }]) => changesDay === true) ??
    (Object.entries(contract.events)[0] as [string, AnyContract['events'][string]])
  const payload: Record<string, unknown> = { ...definition.sample }
  // It repeats the envelope's.
  if (definition.timestamp !== undefined) delete payload[definition.timestamp]
  return {
    eventType,
    tenantId: newTenantOf(contract),
    occurredAt:
      contract.hasTenants === false
        ? new Date(Date.UTC(2026, 0, 1) + Math.floor(Math.random() * 2_500_000_000)).toISOString()
        : '2026-02-13T12:00:00.000Z',
    payload,
    ...changes,
  }
}

/** One event of each type that has private fields, with this text in those of them that accept it. */
export const eventsWithPrivateFields = (contract: AnyContract, text: string): EventFixture[] =>
  validFixtures(contract, newTenantOf(contract)).flatMap((event) => {
    const { payload, privateFields = [] } = contract.events[event.eventType] as AnyContract['events'][string]
    const { shape } = payload._zod.def
    const fields = privateFields.filter((field) => isTaken(shape[field], text))
    if (fields.length === 0) return []
    return [
      {
        ...event,
        payload: { ...event.payload, ...Object.fromEntries(fields.map((field) => [field, text])) },
      },
    ]
  })

/** Events with this text in a field that reduces its text when it is read. `reduced` is what such a field turns it into. */
export const eventsWithReducedText = (
  contract: AnyContract,
  text: string,
  reduced: unknown,
): EventFixture[] =>
  validFixtures(contract, newTenantOf(contract)).flatMap((event) =>
    Object.entries(contract.events[event.eventType]?.payload._zod.def.shape ?? {}).flatMap(
      ([field, schema]) => {
        const read = z.safeParse(schema, text)
        return read.success && read.data === reduced && reduced !== text
          ? [{ ...event, payload: { ...event.payload, [field]: text } }]
          : []
      },
    ),
  )

/** The event with another value in one field, by the rules of the contract. The same event if no field can have another. */
export const withOtherPayload = (contract: AnyContract, event: EventFixture): EventFixture => {
  const { payload } = contract.events[event.eventType] as AnyContract['events'][string]
  for (const [field, value] of Object.entries(event.payload)) {
    const other = typeof value === 'number' ? value + 1 : `${String(value)}2`
    const changed = { ...event.payload, [field]: other }
    if (isTaken(payload, changed)) return { ...event, payload: changed }
  }
  return event
}

/** Events of every type with a field that may be null, all of those null. */
export const eventsWithNulls = (contract: AnyContract): EventFixture[] =>
  validFixtures(contract, newTenantOf(contract)).flatMap((event) => {
    const fields = Object.entries(contract.events[event.eventType]?.payload._zod.def.shape ?? {}).flatMap(
      ([field, schema]) => (isTaken(schema, null) ? [[field, null]] : []),
    )
    return fields.length === 0
      ? []
      : [{ ...event, payload: { ...event.payload, ...Object.fromEntries(fields) } }]
  })

/** Events that break exactly one rule of the contract each: every rule of every field of every event. */
export const brokenFixtures = (contract: AnyContract, tenantId = 'tenant-1'): BrokenFixture[] =>
  validFixtures(contract, tenantId).flatMap((event) => {
    const definition = contract.events[event.eventType]
    if (definition === undefined) return []
    const schema = toPayloadSchema(definition, contract)
    const withField = (field: string, value: unknown, what: string): BrokenFixture => ({
      title: `${event.eventType} with ${field} ${what}`,
      event: { ...event, payload: { ...event.payload, [field]: value } },
      path: `payload.${field}`,
    })
    return Object.entries(schema.properties ?? {})
      .filter(([field]) => field !== 'tenantId')
      .flatMap(([field, property]) => [
        ...(schema.required?.includes(field) ? [withField(field, undefined, 'missing')] : []),
        ...brokenValues(property).map(([what, value]) => withField(field, value, what)),
      ])
  })

const brokenValues = (property: JsonSchema): [what: string, value: unknown][] => {
  const choices = property.anyOf ?? [property]
  const isNullable = choices.some(({ type }) => type === 'null') || Array.isArray(property.type)
  const schema = choices.find(({ type }) => type !== 'null') ?? property
  const { type, minimum, maximum, maxLength, minLength, format, enum: values } = schema
  const isText = type === 'string' || Array.isArray(type)
  return [
    isNullable ? [] : ([['null', null]] as const),
    isText ? ([['that is a number', 7]] as const) : ([['that is text', 'seven']] as const),
    minimum === undefined ? [] : ([[`below ${minimum}`, minimum - 1]] as const),
    maximum === undefined ? [] : ([[`above ${maximum}`, maximum + 1]] as const),
    type === 'integer' ? ([['that is not a whole number', 1.5]] as const) : [],
    maxLength === undefined ? [] : ([[`of ${maxLength + 1} characters`, 'x'.repeat(maxLength + 1)]] as const),
    minLength === undefined || minLength === 0 ? [] : ([['empty', '']] as const),
    schema.pattern?.includes('u0000') ? ([['with a NUL', 'a\0b']] as const) : [],
    format === 'date-time' ? ([['without an offset', '2026-02-13T12:00:00']] as const) : [],
    values === undefined ? [] : ([['that is none of the values', 'none-of-them']] as const),
  ].flatMap((entries) => entries.map(([what, value]): [string, unknown] => [what, value]))
}
