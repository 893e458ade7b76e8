import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { createTestDatabase } from '@altcontext/test-database'
import { expect, test } from 'vitest'

const folder = new URL('..', import.meta.url)

test('the first example of the README returns what its comment says', async () => {
  await using test = await createTestDatabase()
  const [, code = ''] = /```ts\n(.*?)```/s.exec(readFileSync(new URL('README.md', folder), 'utf8')) ?? []
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--conditions=@altcontext/source',
      '--input-type=module-typescript',
      '--eval',
      `${code}\nconsole.log(JSON.stringify(result))`,
    ],
    { cwd: folder, env: { ...process.env, DATABASE_URL: test.url } },
  )
  expect(JSON.parse(stdout)).toEqual({ status: 'stored', eventId: '0199aa50-0000-7000-8000-000000000001' })
  expect(code).toContain("// => { status: 'stored', eventId: '0199aa50-0000-7000-8000-000000000001' }")
})
