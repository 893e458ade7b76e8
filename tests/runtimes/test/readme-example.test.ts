import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serveDouble } from '@altcontext/webhook-contract-tests'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runtimes } from './runtimes.ts'

const adminKey = 'a-key-of-the-runtimes-tests-0001'
const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, '../../packages/emitter/README.md'), 'utf8')
const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? []
const [, expected = ''] = /\/\/ => (.+)/.exec(example) ?? []

// Beside node_modules, where every runtime looks for packages.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(root, '.example-'))
  writeFileSync(join(folder, 'example.mjs'), example)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(runtimes)('the first example of the README delivers its event on %s', async (_, program, args) => {
  await using receiver = await serveDouble({ adminKey })
  // Variables that are set for the tests must not reach the programs that they start.
  const { NODE_OPTIONS: _options, FORCE_COLOR: _color, ...env } = process.env
  const { stdout } = await promisify(execFile)(program, [...args, join(folder, 'example.mjs')], {
    cwd: folder,
    timeout: 150_000,
    env: {
      ...env,
      NO_COLOR: '1',
      WEBHOOK_URL: receiver.url,
      ADMIN_API_KEY: adminKey,
      DENO_NO_UPDATE_CHECK: '1',
    },
  })
  // Each runtime breaks lines in its own way.
  const printed = stdout.replaceAll(/\s+/g, ' ').replace(/,? }/g, ' }').trim()
  expect(printed.replaceAll(/\{ +\}/g, '{}')).toBe(expected)
  expect(receiver.double.stored).toHaveLength(1)
  expect(receiver.double.requests).toHaveLength(1)
})
