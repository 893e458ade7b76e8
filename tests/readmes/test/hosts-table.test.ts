import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')

/** The rows of the tables whose last column names a test. */
const rowsOf = (document: string): [string, string, string][] =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/\| shown by \|\n[^\n]+\n(.+?)\n\n/gs)].flatMap(
    ([, table = '']) => table.split('\n').map((line) => line.split(' | ') as [string, string, string]),
  )
const [hosts, servers] = [rowsOf('docs/hosts.md'), rowsOf('docs/scale.md')]

test('the documents have a row for each shape of a host, and for each thing that several servers share', () => {
  expect(hosts.length).toBeGreaterThan(20)
  expect(servers.length).toBeGreaterThan(9)
})

test.each([...hosts, ...servers])('the row for %s names a test that exists', (_what, _written, shownBy) => {
  const [, file = '', title = ''] = /^`([^`]+)` "([^"]+)" \|$/.exec(shownBy) ?? []
  expect(readFileSync(join(root, file), 'utf8')).toContain(title)
})
