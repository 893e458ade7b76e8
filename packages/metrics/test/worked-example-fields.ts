import type { z } from 'zod'

type Schema = z.core.$ZodType

interface Definition {
  shape?: Record<string, Schema>
  innerType?: Schema
  element?: Schema
}

/** Every field of a part that several responses share, such as their freshness, is looked for once. */
type Found = Map<Schema, Map<string, { path: string; hasValue: boolean }>>

/** The fields of a response's schema that have a value in none of the responses, or excerpts of responses, by their paths. */
export const createFieldCheck = () => {
  const found: Found = new Map()
  const look = (schema: Schema, responses: readonly unknown[], path: string): void => {
    const { shape, innerType, element } = schema._zod.def as Definition
    if (element !== undefined) look(element, responses.flat(), path)
    if (innerType !== undefined) look(innerType, responses, path)
    if (shape === undefined) return
    const fields = found.get(schema) ?? new Map()
    found.set(schema, fields)
    const objects = responses.filter((response) => response !== null) as Record<string, unknown>[]
    for (const [name, field] of Object.entries(shape)) {
      const values = objects.map((object) => object[name]).filter((value) => value !== undefined)
      const hasValue = values.some((value) => value !== null)
      const known = fields.get(name)
      fields.set(name, {
        path: known?.path ?? `${path}.${name}`,
        hasValue: hasValue || known?.hasValue === true,
      })
      look(field, values, `${path}.${name}`)
    }
  }
  return {
    look,
    missing: (): string[] =>
      [...found.values()].flatMap((fields) =>
        [...fields.values()].filter(({ hasValue }) => !hasValue).map(({ path }) => path),
      ),
  }
}
