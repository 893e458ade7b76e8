import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { oldestNodes } from '@altcontext/oldest-nodes'
import { expect, test } from 'vitest'

test.each(oldestNodes)('Node $version has the version that it is listed with', ({ version, path }) => {
  expect(execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()).toBe(`v${version}`)
})

test('every published package allows these lines, from these versions on, and no others', () => {
  const packages = globSync(new URL('../../../packages/*/package.json', import.meta.url).pathname)
  expect(packages.length).toBeGreaterThan(5)
  for (const file of packages) {
    const { engines } = JSON.parse(readFileSync(file, 'utf8')) as { engines: { node: string } }
    expect(engines.node, file).toBe('^22.18 || ^24 || >=26')
  }
  expect(oldestNodes.map(({ version }) => version)).toEqual(['22.18.0', '24.0.0', '26.0.0'])
})
