import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { adminKey, createTestBridge } from './test-bridge.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('shows the example in the README that the next test runs', () => {
  expect(read('../README.md')).toContain(read('readme-example.ts').trimEnd())
})

test("runs the README's example", async () => {
  await using bridge = await createTestBridge()
  const at = new Date().toISOString()
  await bridge.send([
    { id: 1, type: 'scan.completed', at },
    { id: 2, type: 'scan.failed', at },
  ])
  await rollupDirty(bridge.database)
  const child = spawn(
    process.execPath,
    ['--conditions=@altcontext/source', new URL('readme-example.ts', import.meta.url).pathname],
    {
      env: { ...process.env, DATABASE_URL: bridge.test.url, ADMIN_API_KEY: adminKey, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let printed = ''
  for await (const line of createInterface({ input: child.stdout })) {
    printed += `${line}\n`
    if (line.endsWith('}')) child.kill()
  }
  expect(printed).toContain('value: 0.5')
  expect(printed).toContain("deltaReason: 'not_requested'")
})
