import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createTestDatabase } from '@altcontext/test-database'
import { expect, test } from 'vitest'
import { adminKey } from './stub/stub-numbers.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('The README shows the example that the next test runs', () => {
  expect(read('../README.md')).toContain(read('readme-example.ts').trimEnd())
})

test("The README's example prints an address that responds with the page and, to the key, with a session", async () => {
  await using database = await createTestDatabase()
  const child = spawn(
    process.execPath,
    ['--conditions=@altcontext/source', new URL('readme-example.ts', import.meta.url).pathname],
    {
      env: { ...process.env, DATABASE_URL: database.url, ADMIN_API_KEY: adminKey, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const address = String((await lines.next()).value)
    expect(address).toMatch(/^http:\/\/[^/]+\/dashboard\/$/)
    expect((await fetch(address)).status).toBe(200)
    const session = await fetch(`${address}api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ adminKey }),
    })
    expect(await session.json()).toMatchObject({ ok: true, signedIn: true })
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill()
    await ended
  }
})
