import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type CodeBlock, readCodeBlocks } from './code-blocks.ts'

const root = join(import.meta.dirname, '../../..')
const folder = join(import.meta.dirname, '../.cache')
const blocks = readCodeBlocks(root)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the code blocks of the documents', () => {
  test('type-check against the packages, every TypeScript block as its own module', () => {
    const modules = blocks.filter(({ language }) => language === 'ts').map(toModule)
    expect(modules.length).toBeGreaterThan(0)
    expect(problemsOf(modules)).toEqual([])
  })

  test('parse, where they are JSON', () => {
    for (const { document, line, code } of blocks.filter(({ language }) => language === 'json')) {
      expect(() => JSON.parse(code), `${document}:${line}`).not.toThrow()
    }
  })
})

interface Module extends CodeBlock {
  path: string
}

const toModule = (block: CodeBlock): Module => {
  const path = join(folder, `${block.document.replaceAll(/[^\w]/g, '-')}-${block.line}.ts`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, `${block.code}\nexport {}\n`)
  return { ...block, path }
}

/** What the compiler says of the blocks; it reads the packages' sources as well, which have no problem of their own. */
const problemsOf = (modules: readonly Module[]): string[] => {
  const project = join(folder, 'tsconfig.json')
  const compilerOptions = { noUnusedLocals: false }
  const files = modules.map(({ path }) => path)
  const base = join(root, 'tsconfig.base.json')
  writeFileSync(project, JSON.stringify({ extends: base, compilerOptions, files }))
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/@typescript/native/bin/tsc'),
      '-p',
      project,
      '--pretty',
      'false',
      '--singleThreaded',
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  const problems = stdout.split('\n').flatMap((text) => {
    const [, path = '', line, problem] = /^(.+?)\((\d+),\d+\): (.*)$/.exec(text) ?? []
    const module = modules.find((each) => each.path === join(folder, path))
    return module ? [`${module.document}:${module.line + Number(line) - 1} ${problem}`] : []
  })
  return status === 0 || problems.length > 0 ? problems : [stdout]
}
