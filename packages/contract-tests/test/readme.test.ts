import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('..', import.meta.url)

test('the first example of the README prints what its comment says', () => {
  const readme = readFileSync(new URL('README.md', folder), 'utf8')
  const [, code = ''] = /```ts\n(.*?)```/s.exec(readme) ?? []
  // Disposable declarations are newer than the Node that may run this package.
  const runnable = code.replace('await using', 'const')
  const printed = execFileSync(
    process.execPath,
    [
      '--conditions=@altcontext/source',
      '--input-type=module-typescript',
      '--eval',
      `${runnable}\nawait receiver.close()`,
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  expect(printed.trim()).toBe(/\/\/ => (.*)/.exec(code)?.[1])
})
