import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrationsDirectory } from '../prisma-files.ts'
import type { Change } from './plan-models.ts'

export interface MigrationPlan {
  /** Migrations to copy. */
  changes: Change[]
  /** What is wrong with the existing ones, one sentence each. */
  problems: string[]
  /** Whether any of ours exists. */
  isInstalled: boolean
}

/**
 * Which of our migrations the host lacks, and where they go: after its newest, whatever their own dates, because
 * every fresh database must have its table of leads first. One of ours is recognised by its name without the date.
 */
export const planMigrations = (directory: string): MigrationPlan => {
  const present = existsSync(directory) ? migrationsIn(directory) : []
  const ours = migrationsIn(fileURLToPath(migrationsDirectory)).map((name) => ({
    name,
    sql: readSql(fileURLToPath(migrationsDirectory), name),
    installedAs: present.find((known) => titleOf(known) === titleOf(name)),
  }))
  const newest = present.map(dateOf).findLast((date) => date !== undefined)
  const missing = ours.filter(({ installedAs }) => installedAs === undefined)
  const changes = missing.map(({ name, sql }, index): Change => {
    const dated = newest === undefined ? name : `${later(newest, index + 1)}_${titleOf(name)}`
    return {
      path: join(directory, dated, 'migration.sql'),
      content: sql,
      says: 'is a migration of the bridge',
    }
  })
  return {
    changes,
    problems: [
      ...ours.flatMap(({ name, sql, installedAs }) =>
        installedAs === undefined || readSql(directory, installedAs) === sql
          ? []
          : [
              `the migration ${installedAs} differs from the package's ${titleOf(name)}. Restore it: remove the folder, and npx @altcontext/webhook-store install copies it again`,
            ],
      ),
      ...orderProblems(
        directory,
        present,
        ours.flatMap(({ installedAs }) => installedAs ?? []),
      ),
    ],
    isInstalled: missing.length < ours.length,
  }
}

const orderProblems = (
  directory: string,
  present: readonly string[],
  installed: readonly string[],
): string[] => {
  const leads = present.find((name) => createsLeads.test(readSql(directory, name)))
  const newest = present.map(dateOf).findLast((date) => date !== undefined)
  if (leads === undefined || newest === undefined) return []
  return installed
    .filter((name) => name < leads)
    .map(
      (name, index) =>
        `the migration ${name} comes before ${leads}, which creates leads, so that every fresh database fails: rename its folder to ${later(newest, index + 1)}_${titleOf(name)}, and in databases that have it run npx prisma migrate resolve --applied with the new name`,
    )
}

const createsLeads = /CREATE TABLE\s+(?:IF NOT EXISTS\s+)?(?:"?\w+"?\.)?"?leads"?\s*\(/i

const migrationsIn = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, 'migration.sql')))
    .map(({ name }) => name)
    .sort()

const readSql = (directory: string, name: string): string =>
  readFileSync(join(directory, name, 'migration.sql'), 'utf8').replaceAll('\r\n', '\n')

const titleOf = (name: string): string => name.replace(/^\d{14}_/, '')

const dateOf = (name: string): string | undefined => /^(\d{14})_/.exec(name)?.[1]

/** Prisma's dates are UTC: `20260218001000`. */
const later = (date: string, seconds: number): string => {
  const [year, month, day, hour, minute, second] = [
    date.slice(0, 4),
    ...(date.slice(4).match(/../g) ?? []),
  ].map(Number) as [number, number, number, number, number, number]
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second + seconds))
    .toISOString()
    .slice(0, 19)
    .replaceAll(/\D/g, '')
}
