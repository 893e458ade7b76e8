import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { runtimes } from './runtimes.ts'

const root = join(import.meta.dirname, '../../..')

const others = runtimes.filter(([name]) => name === 'Bun' || name === 'Deno')

test.each(others)('webhook-contract reads the contract of the shop on %s', async (_, program, args) => {
  const { NODE_OPTIONS: _options, ...env } = process.env
  const { stdout } = await promisify(execFile)(
    program,
    [
      ...args,
      'packages/contract/src/cli.ts',
      ...['export', '--format', 'json-schema', '--contract', 'examples/shop/contract.js'],
    ],
    { cwd: root, timeout: 150_000, env: { ...env, DENO_NO_UPDATE_CHECK: '1' } },
  )
  expect(JSON.parse(stdout).$id).toBe('urn:webhook-contract:shop')
})
