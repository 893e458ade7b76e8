import type { z } from 'zod'

type Schema = z.core.$ZodType

interface Definition {
  shape?: Record<string, Schema>
  innerType?: Schema
  element?: Schema
}

/** Every field of what several responses are made of, such as their freshness, is looked for once. */
type Found = Map<Schema, Map<string, { path: string; hasValue: boolean }>>

/** The fields of a response's schema that have a value in none of the answers, or excerpts of answers, by their paths. */
export const createFieldCheck = () => {
  const found: Found = new Map()
  const look = (schema: Schema, answers: readonly unknown[], path: string): void => {
    const { shape, innerType, element } = schema._zod.def as Definition
    if (element !== undefined) look(element, answers.flat(), path)
    if (innerType !== undefined) look(innerType, answers, path)
    if (shape === undefined) return
    const fields = found.get(schema) ?? new Map()
    found.set(schema, fields)
    const objects = answers.filter((answer) => answer !== null) as Record<string, unknown>[]
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
