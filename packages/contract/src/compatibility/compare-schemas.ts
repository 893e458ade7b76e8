import { choicesOf, type JsonSchema } from '../export/json-schema.ts'

/**
 * What a change does to the set of messages that a reader accepts. `none`: nothing. `changed`: it accepts
 * some new ones and no longer some old ones, or this cannot be determined.
 */
export type Effect = 'widened' | 'narrowed' | 'changed' | 'none'

export interface SchemaDifference {
  /** Dotted path: `payload.mediaCount`, `results[].status`. */
  at: string
  /** The kind of change, as a stable word: `maximum_lowered`, `field_removed`. */
  kind: string
  effect: Effect
  before?: unknown
  after?: unknown
}

/** Compares two schemas of one value, for a reader that drops fields that it does not know. */
export const compareSchemas = (before: JsonSchema, after: JsonSchema, at: string): SchemaDifference[] => {
  const [old, current] = [splitNull(before), splitNull(after)]
  const differences = compareNull(old.isNullable, current.isNullable, at)
  if (old.choices !== undefined || current.choices !== undefined) {
    return [
      ...differences,
      ...compareChoices(old.choices ?? [old.schema], current.choices ?? [current.schema], at),
    ]
  }
  const type = compareTypes(old.schema, current.schema, at)
  differences.push(...type)
  if (type.some(({ kind }) => kind === 'type_changed')) return differences
  return [
    ...differences,
    ...compareValues(old.schema, current.schema, at),
    ...bounds.flatMap(([keyword, direction]) =>
      compareBound(keyword, direction, old.schema, current.schema, at),
    ),
    ...['pattern', 'format', 'multipleOf', 'uniqueItems', 'propertyNames'].flatMap((keyword) =>
      compareRule(keyword, old.schema, current.schema, at),
    ),
    ...compareFields(old.schema, current.schema, at),
    ...compareItems(old.schema, current.schema, at),
    ...compareRest(old.schema, current.schema, at),
  ]
}

const splitNull = (schema: JsonSchema) => {
  const choices = choicesOf(schema)
  if (choices === undefined) return { schema, isNullable: schema.type === 'null', choices: undefined }
  const rest = choices.filter(({ type }) => type !== 'null')
  return {
    schema: rest[0] ?? schema,
    isNullable: rest.length < choices.length,
    choices: rest.length > 1 ? rest : undefined,
  }
}

const compareNull = (before: boolean, after: boolean, at: string): SchemaDifference[] => {
  if (before === after) return []
  return [
    after
      ? { at, kind: 'null_allowed', effect: 'widened' }
      : { at, kind: 'null_refused', effect: 'narrowed' },
  ]
}

const compareTypes = (
  { type: before }: JsonSchema,
  { type: after }: JsonSchema,
  at: string,
): SchemaDifference[] => {
  if (before === after) return []
  const isWider = after === undefined || (before === 'integer' && after === 'number')
  const isNarrower = before === undefined || (before === 'number' && after === 'integer')
  if (isWider) return [{ at, kind: 'type_widened', effect: 'widened', before, after }]
  if (isNarrower) return [{ at, kind: 'type_narrowed', effect: 'narrowed', before, after }]
  return [{ at, kind: 'type_changed', effect: 'changed', before, after }]
}

const valuesOf = ({ enum: values, const: value }: JsonSchema) =>
  values ?? (value === undefined ? undefined : [value])

const compareValues = (old: JsonSchema, current: JsonSchema, at: string): SchemaDifference[] => {
  const [before, after] = [valuesOf(old), valuesOf(current)]
  if (before === undefined && after === undefined) return []
  if (before === undefined) return [{ at, kind: 'values_limited', effect: 'narrowed', after }]
  if (after === undefined) return [{ at, kind: 'values_opened', effect: 'widened', before }]
  const added = after.filter((value) => !before.includes(value))
  const removed = before.filter((value) => !after.includes(value))
  return [
    ...added.map((value) => ({ at, kind: 'value_added', effect: 'widened' as const, after: value })),
    ...removed.map((value) => ({ at, kind: 'value_removed', effect: 'narrowed' as const, before: value })),
  ]
}

const bounds = [
  ['minimum', 'lower'],
  ['exclusiveMinimum', 'lower'],
  ['minLength', 'lower'],
  ['minItems', 'lower'],
  ['maximum', 'upper'],
  ['exclusiveMaximum', 'upper'],
  ['maxLength', 'upper'],
  ['maxItems', 'upper'],
] as const

export const compareBound = (
  keyword: string,
  direction: 'lower' | 'upper',
  old: Record<string, unknown>,
  current: Record<string, unknown>,
  at: string,
): SchemaDifference[] => {
  const unbounded = direction === 'lower' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const before = Number(old[keyword] ?? unbounded)
  const after = Number(current[keyword] ?? unbounded)
  if (before === after) return []
  const isRaised = after > before
  return [
    {
      at,
      kind: `${keyword}_${isRaised ? 'raised' : 'lowered'}`,
      effect: isRaised === (direction === 'upper') ? 'widened' : 'narrowed',
      before: old[keyword],
      after: current[keyword],
    },
  ]
}

const compareRule = (
  keyword: string,
  old: JsonSchema,
  current: JsonSchema,
  at: string,
): SchemaDifference[] => {
  const [before, after] = [old[keyword], current[keyword]]
  if (isSame(before, after)) return []
  if (before === undefined) return [{ at, kind: `${keyword}_added`, effect: 'narrowed', after }]
  if (after === undefined) return [{ at, kind: `${keyword}_removed`, effect: 'widened', before }]
  return [{ at, kind: `${keyword}_changed`, effect: 'changed', before, after }]
}

const compareFields = (old: JsonSchema, current: JsonSchema, at: string): SchemaDifference[] => {
  const differences = Object.keys({ ...old.properties, ...current.properties }).flatMap((name) => {
    const path = at === '' ? name : `${at}.${name}`
    const [before, after] = [old.properties?.[name], current.properties?.[name]]
    const wasRequired = old.required?.includes(name) === true
    const isRequired = current.required?.includes(name) === true
    if (after === undefined) return [fieldRemoved(path, wasRequired, isStrict(current))]
    if (before === undefined) return [fieldAdded(path, isRequired, isStrict(old))]
    return [...compareRequired(wasRequired, isRequired, path), ...compareSchemas(before, after, path)]
  })
  if (isStrict(old) === isStrict(current)) return differences
  return [
    ...differences,
    isStrict(current)
      ? { at, kind: 'unknown_fields_refused', effect: 'narrowed' }
      : { at, kind: 'unknown_fields_dropped', effect: 'widened' },
  ]
}

const isStrict = (schema: JsonSchema): boolean => schema.additionalProperties === false

const compareRequired = (before: boolean, after: boolean, at: string): SchemaDifference[] => {
  if (before === after) return []
  return after
    ? [{ at, kind: 'field_made_required', effect: 'narrowed' }]
    : [{ at, kind: 'field_made_optional', effect: 'widened' }]
}

// A reader that refuses unknown fields refuses the new field as long as it is old.
const fieldAdded = (at: string, isRequired: boolean, isReaderStrict: boolean): SchemaDifference =>
  isRequired
    ? { at, kind: 'required_field_added', effect: isReaderStrict ? 'changed' : 'narrowed' }
    : { at, kind: 'optional_field_added', effect: isReaderStrict ? 'widened' : 'none' }

const fieldRemoved = (at: string, wasRequired: boolean, isReaderStrict: boolean): SchemaDifference =>
  wasRequired
    ? { at, kind: 'required_field_removed', effect: isReaderStrict ? 'changed' : 'widened' }
    : { at, kind: 'optional_field_removed', effect: isReaderStrict ? 'narrowed' : 'none' }

const compareItems = (old: JsonSchema, current: JsonSchema, at: string): SchemaDifference[] =>
  isSame(old.items, current.items) ? [] : compareSchemas(old.items ?? {}, current.items ?? {}, `${at}[]`)

/** Choices between objects are matched by what tells them apart: a field with fixed values in common. */
const compareChoices = (
  before: readonly JsonSchema[],
  after: readonly JsonSchema[],
  at: string,
): SchemaDifference[] => {
  const matches = after.map((choice) => before.find((candidate) => isSameChoice(candidate, choice)))
  return [
    ...before
      .filter((choice) => !matches.includes(choice))
      .map((choice) => ({ at, kind: 'choice_removed', effect: 'narrowed' as const, before: nameOf(choice) })),
    ...after.flatMap((choice, index): SchemaDifference[] => {
      const match = matches[index]
      return match === undefined
        ? [{ at, kind: 'choice_added', effect: 'widened', after: nameOf(choice) }]
        : compareSchemas(match, choice, at)
    }),
  ]
}

const isSameChoice = (before: JsonSchema, after: JsonSchema): boolean => {
  if (isSame(before, after)) return true
  if (before.type !== 'object' || after.type !== 'object') return before.type === after.type
  return Object.entries(before.properties ?? {}).some(([name, schema]) => {
    const other = valuesOf(after.properties?.[name] ?? {})
    return valuesOf(schema)?.some((value) => other?.includes(value)) === true
  })
}

const nameOf = (choice: JsonSchema): unknown =>
  Object.values(choice.properties ?? {})
    .map(valuesOf)
    .find((values) => values !== undefined) ?? choice.type

// Keywords that say nothing about what is accepted, and those that were compared above.
const compared = new Set([
  ...['type', 'const', 'enum', 'properties', 'required', 'items', 'anyOf', 'oneOf', 'pattern', 'format'],
  ...[
    'multipleOf',
    'uniqueItems',
    'propertyNames',
    'additionalProperties',
    ...bounds.map(([keyword]) => keyword),
  ],
  ...['title', 'description', 'examples', 'default', '$comment', 'deprecated', 'readOnly', 'x-private'],
])

const compareRest = (old: JsonSchema, current: JsonSchema, at: string): SchemaDifference[] => {
  return Object.keys({ ...old, ...current })
    .filter((keyword) => !compared.has(keyword) && !isSame(old[keyword], current[keyword]))
    .map((keyword) => ({
      at,
      kind: `${keyword}_changed`,
      effect: 'changed' as const,
      before: old[keyword],
      after: current[keyword],
    }))
}

const isSame = (before: unknown, after: unknown): boolean => JSON.stringify(before) === JSON.stringify(after)
