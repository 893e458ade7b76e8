import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { InstallError } from './install-error.ts'

/** Where a host keeps its Prisma schema and its migrations. */
export interface PrismaProject {
  /** What paths in messages are relative to. */
  root: string
  /** One file or a folder of several. */
  kind: 'file' | 'folder'
  /** The file, or the folder. */
  schema: string
  /** Every `.prisma` file, in the order of their names. */
  files: readonly string[]
  /** May not exist yet. */
  migrations: string
}

export interface FindPrismaOptions {
  /** Where to look. */
  root: string
  /** Path of the schema, if it is not found without it. */
  schema?: string | undefined
  /** Path of the migrations, if they are not found without it. */
  migrations?: string | undefined
}

const configs = ['prisma.config.ts', 'prisma.config.js', 'prisma.config.mjs', '.config/prisma.ts']

/**
 * Finds the schema as Prisma does: where `prisma.config.ts` or `package.json` says, or in its usual places.
 *
 * @throws {InstallError} `schema_not_found`
 */
export const findPrismaProject = ({ root, ...given }: FindPrismaOptions): PrismaProject => {
  const config = configs.map((name) => join(root, name)).find((path) => existsSync(path))
  const configText = config === undefined ? '' : readFileSync(config, 'utf8')
  const base = config === undefined ? root : dirname(config)
  const said = (pattern: RegExp) => {
    const path = pattern.exec(configText)?.[2]
    return path === undefined ? [] : [resolve(base, path)]
  }
  const candidates =
    given.schema === undefined
      ? [
          ...said(/\bschema:\s*(['"`])(.+?)\1/),
          ...schemaOfPackage(root),
          join(root, 'prisma/schema.prisma'),
          join(root, 'prisma/schema'),
          join(root, 'schema.prisma'),
        ]
      : [resolve(root, given.schema)]
  const schema = candidates.find((path) => existsSync(path))
  const files = schema === undefined ? [] : prismaFiles(schema)
  if (schema === undefined || files.length === 0) {
    throw new InstallError(
      'schema_not_found',
      `Failed to find the Prisma schema: looked for ${candidates.map((path) => relative(root, path) || '.').join(', ')}. Run this in the host's folder, or say where it is with --schema.`,
    )
  }
  const kind = statSync(schema).isDirectory() ? 'folder' : 'file'
  const beside = [
    ...said(/\bmigrations:\s*\{[^}]*?\bpath:\s*(['"`])(.+?)\1/),
    join(kind === 'folder' ? schema : dirname(schema), 'migrations'),
    join(dirname(schema), 'migrations'),
  ]
  const migrations =
    given.migrations === undefined
      ? (beside.find((path) => existsSync(path)) ?? (beside[0] as string))
      : resolve(root, given.migrations)
  return { root, kind, schema, files, migrations }
}

const schemaOfPackage = (root: string): string[] => {
  const path = join(root, 'package.json')
  const { prisma } = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { prisma?: { schema?: string } })
    : {}
  return prisma?.schema === undefined ? [] : [resolve(root, prisma.schema)]
}

const prismaFiles = (schema: string): string[] =>
  statSync(schema).isDirectory()
    ? readdirSync(schema)
        .filter((name) => name.endsWith('.prisma'))
        .sort()
        .map((name) => join(schema, name))
    : [schema]
