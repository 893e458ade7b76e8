import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const [, table = ''] =
  /\n\| the host has [^\n]+\n[^\n]+\n(.+?)\n\n/s.exec(readFileSync(join(root, 'docs/hosts.md'), 'utf8')) ?? []
const rows = table.split('\n').map((line) => line.split(' | ') as [string, string, string])

test('docs/hosts.md has a row for each of a host’s shapes', () => {
  expect(rows.length).toBeGreaterThan(20)
})

test.each(rows)('what is written for %s is shown by a test', (_host, _write, shownBy) => {
  const [, file = '', title = ''] = /^`([^`]+)` "([^"]+)" \|$/.exec(shownBy) ?? []
  expect(readFileSync(join(root, file), 'utf8')).toContain(title)
})
