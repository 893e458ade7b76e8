import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelsFile } from '../prisma-files.ts'
import type { PrismaProject } from './find-prisma-project.ts'
import { InstallError } from './install-error.ts'
import { type PrismaModel, readModels, withLines } from './prisma-model.ts'

/** One thing to do. */
export interface Change {
  path: string
  /** The file as it should be. */
  content: string
  /** What that changes, as a sentence without its subject. */
  says: string
}

const begin =
  "// >>> @altcontext/webhook-store: the bridge's models. `npx @altcontext/webhook-store upgrade` keeps them up to date."
const end = '// <<< @altcontext/webhook-store'

/**
 * The changes that bring the models into the host's schema, and the other side of their relations into its model of the leads.
 *
 * @throws {InstallError} `schema_unfit`, naming every problem.
 */
export const planModels = (project: PrismaProject): Change[] => {
  const texts = new Map(project.files.map((path) => [path, readFileSync(path, 'utf8')]))
  const target = project.kind === 'file' ? project.schema : join(project.schema, 'webhooks.prisma')
  const lead = findLead(texts, target)
  const ours = ownModels(lead.model.name)
  const problems = [...leadProblems(lead.model), ...takenNames(texts, target, ours)]
  if (problems.length > 0) {
    throw new InstallError('schema_unfit', `Failed to use the Prisma schema: ${problems.join('; ')}.`)
  }

  const changes: Change[] = []
  const says = (path: string, content: string, sentence: string) => {
    if (texts.get(path) === content) return
    texts.set(path, content)
    changes.push({ path, content, says: sentence })
  }
  const lines = missingRelations(lead.model, ours)
  if (lines.length > 0) {
    const text = texts.get(lead.path) as string
    const { start, text: old } = lead.model
    const added = lines.map((line) => line.trim().replace(/ +/, ' ')).join(', ')
    says(
      lead.path,
      text.slice(0, start) + withLines(lead.model, lines) + text.slice(start + old.length),
      `adds ${added} to the model ${lead.model.name}`,
    )
  }
  const models = ours.map(({ name }) => name).join(', ')
  says(target, withOurs(texts.get(target), lead.model.name, project.kind), `holds the models ${models}`)
  return changes
}

/** The package's models, for a host whose model of the leads has another name. */
const ownSchema = (leadName: string): string =>
  readFileSync(modelsFile, 'utf8').replaceAll(/\bLead\b(?=\??\s+@relation)/g, leadName)

const ownModels = (leadName: string): PrismaModel[] => readModels(ownSchema(leadName))

const withOurs = (text: string | undefined, leadName: string, kind: PrismaProject['kind']): string => {
  const ours = ownSchema(leadName)
  if (kind === 'folder') return ours
  const host = withoutOurs(text ?? '', leadName).trimEnd()
  return `${host}\n\n${begin}\n\n${ours.trim()}\n\n${end}\n`
}

/** What the host wrote itself: without our block, and without models of ours that were copied by hand. */
const withoutOurs = (text: string, leadName: string): string => {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  const host = from >= 0 && to > from ? text.slice(0, from) + text.slice(to + end.length) : text
  const tables = new Set(ownModels(leadName).map(({ table }) => table))
  return readModels(host)
    .filter(({ table }) => tables.has(table))
    .reduce((rest, { text: copied }) => rest.replace(`${copied}\n`, ''), host)
}

const findLead = (
  texts: ReadonlyMap<string, string>,
  target: string,
): { path: string; model: PrismaModel } => {
  for (const [path, text] of texts) {
    const model = readModels(text).find(
      ({ table, name }) => table === 'leads' || (name === 'Lead' && path !== target),
    )
    if (model !== undefined) return { path, model }
  }
  throw new InstallError(
    'schema_unfit',
    'Failed to use the Prisma schema: no model is mapped to the table leads. The bridge links tenants to its rows; add the model, or point --schema to the schema that has it.',
  )
}

const leadProblems = ({ name, fields }: PrismaModel): string[] => {
  const id = fields.find(({ attributes }) => /@id\b/.test(attributes))
  return id?.type === 'String' && !/@db\.Uuid/.test(id.attributes)
    ? []
    : [
        `the id of ${name} is not text, but lead_id in the bridge's tables, which refers to it, is. Make it a String without @db.Uuid`,
      ]
}

const takenNames = (
  texts: ReadonlyMap<string, string>,
  target: string,
  ours: readonly PrismaModel[],
): string[] =>
  [...texts].flatMap(([path, text]) =>
    readModels(text)
      .filter((model) =>
        ours.some(({ name, table }) => name === model.name && (table !== model.table || path !== target)),
      )
      .map(({ name }) => `the host has a model ${name} of its own. Rename it; @@map keeps its table`),
  )

/** A list for a relation to many, a single one for a relation to one. */
const missingRelations = (lead: PrismaModel, ours: readonly PrismaModel[]): string[] => {
  const wanted = ours.flatMap(({ name, fields }) => {
    const relation = fields.find(({ type }) => type.replace(/\?$/, '') === lead.name)
    const key = /fields:\s*\[(\w+)\]/.exec(relation?.attributes ?? '')?.[1]
    if (key === undefined) return []
    const isOne = /@(id|unique)\b/.test(fields.find((field) => field.name === key)?.attributes ?? '')
    const field = `${name[0]?.toLowerCase()}${name.slice(1)}`
    return [isOne ? { field, type: `${name}?` } : { field: `${field}s`, type: `${name}[]` }]
  })
  const missing = wanted.filter(({ type }) => !lead.fields.some((field) => field.type === type))
  const width = Math.max(0, ...missing.map(({ field }) => field.length))
  return missing.map(({ field, type }) => `${field.padEnd(width)} ${type}`)
}
