import { type AnyContract, type JsonSchema, toPayloadSchema } from '@altcontext/webhook-contract'

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
    tenantId,
    occurredAt: '2026-02-13T12:00:00Z',
    payload: { ...sample },
  }))

/** Events that break exactly one rule of the contract each: every rule of every field of every event. */
export const brokenFixtures = (contract: AnyContract, tenantId = 'tenant-1'): BrokenFixture[] =>
  validFixtures(contract, tenantId).flatMap((event) => {
    const definition = contract.events[event.eventType]
    if (definition === undefined) return []
    const schema = toPayloadSchema(definition)
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
