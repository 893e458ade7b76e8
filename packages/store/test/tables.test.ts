import { readdirSync, readFileSync } from 'node:fs'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { neededTables } from '../src/check/needed-tables.ts'

const folder = new URL('../prisma/migrations/', import.meta.url)
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const needed = neededTables(undefined)
const namesOf = (tables: readonly { name: string }[]): string[] => tables.map(({ name }) => name).sort()
const ours = namesOf(needed.filter(({ isHost }) => !isHost))

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('every table that the migrations create is checked before anything starts, and no other', () => {
  const migrations = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readFileSync(new URL(`${name}/migration.sql`, folder), 'utf8'))
  const made = migrations.flatMap((text) =>
    [...text.matchAll(/CREATE (?:UNLOGGED )?TABLE "(\w+)"/g)].map(([, name]) => name),
  )
  expect(ours).toEqual(made.sort())
})

test('with all of its columns', async () => {
  const { rows } = await database.pool.query<{ name: string; columns: string[] }>(
    `SELECT relname AS name, array_agg(attname::text ORDER BY attname::text) AS columns
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
     WHERE relname = ANY($1) AND relnamespace = 'public'::regnamespace GROUP BY relname ORDER BY relname`,
    [ours],
  )
  const columnsOf = (name: string): string[] => [
    ...(needed.find((table) => table.name === name)?.columns ?? []),
  ]
  expect(rows).toEqual(ours.map((name) => ({ name, columns: columnsOf(name).sort() })))
})

test('the README names every table, and grants the rights that are checked', () => {
  const [, table = ''] = /\| table \| holds \|\n(.*?)\n\n/s.exec(readme) ?? []
  const named = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  )
  expect(named.sort()).toEqual(ours)

  const [, grants = ''] = /```sql\n(GRANT.*?)```/s.exec(readme) ?? []
  const granted = new Map<string, string[]>()
  for (const [, rights = '', tables = ''] of grants.matchAll(
    /GRANT ([^;]*?) ON (?!SEQUENCE)([^;]*?) TO bridge;/g,
  )) {
    for (const name of tables.split(/,\s*/)) {
      // For the host's, UPDATE of a single column is enough: it locks a row.
      const added = rights.split(/,\s*/).map((right) => right.replace(' (id)', ''))
      granted.set(name, [...(granted.get(name) ?? []), ...added].sort())
    }
  }
  expect(Object.fromEntries(granted)).toEqual(
    Object.fromEntries(needed.map(({ name, rights }) => [name, [...rights].sort()])),
  )
})
