import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('..', import.meta.url)

test('the first example of the README prints what its comment says', () => {
  const readme = readFileSync(new URL('README.md', folder), 'utf8')
  const [, code = ''] = /```ts\n(.*?)```/s.exec(readme) ?? []
  const [, expected = ''] = /\/\/ => (.*)/.exec(code) ?? []
  const printed = execFileSync(
    process.execPath,
    ['--conditions=@altcontext/source', '--input-type=module-typescript', '--eval', code],
    { cwd: folder, encoding: 'utf8' },
  )
  expect(printed.replaceAll(/\s+/g, ' ').trim()).toBe(expected)
})
