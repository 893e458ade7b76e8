/** A `model` block of a Prisma schema, as written in the file. */
export interface PrismaModel {
  name: string
  /** The table: `@@map`, or else the name. */
  table: string
  /** The whole block, its own doc comments included. */
  text: string
  /** Where in the file `text` begins. */
  start: number
  fields: readonly PrismaField[]
}

interface PrismaField {
  name: string
  /** Including its `?` or `[]`. */
  type: string
  /** What follows the type. */
  attributes: string
}

/**
 * The models of a schema. Prisma's formatter, which every editor runs, puts the closing brace alone on a line, and no other
 * line of a model consists of a brace.
 */
export const readModels = (schema: string): PrismaModel[] =>
  [
    ...schema.matchAll(
      /(?:^[ \t]*\/\/\/.*\r?\n)*^[ \t]*model[ \t]+(\w+)[ \t]*\{[ \t]*(?:\/\/.*)?\r?\n([\s\S]*?)^[ \t]*\}[ \t]*$/gm,
    ),
  ].map(({ 0: text, 1: name = '', 2: body = '', index }) => ({
    name,
    table: /^[ \t]*@@map\((?:name:[ \t]*)?"([^"]+)"/m.exec(body)?.[1] ?? name,
    text,
    start: index,
    fields: [...body.matchAll(/^[ \t]*(\w+)[ \t]+(\w+(?:\?|\[\])?)(.*)$/gm)].map(
      ([, field = '', type = '', attributes = '']) => ({ name: field, type, attributes }),
    ),
  }))

/** The same model with further lines after its fields, in a separate paragraph. */
export const withLines = (model: PrismaModel, lines: readonly string[]): string => {
  const attributes = /^[ \t]*@@/m.exec(model.text)?.index
  const end = attributes ?? model.text.lastIndexOf('}')
  const before = model.text.slice(0, end).trimEnd()
  const paragraph = lines.map((line) => `  ${line}\n`).join('')
  return `${before}\n\n${paragraph}${attributes === undefined ? '' : '\n'}${model.text.slice(end)}`
}
