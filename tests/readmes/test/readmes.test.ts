import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
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

const problemsOf = (modules: readonly Module[]): string[] => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  const program = ts.createProgram(
    modules.map(({ path }) => path),
    { ...options, noUnusedLocals: false },
  )
  return modules.flatMap((module) => {
    const source = program.getSourceFile(module.path)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (problem) => {
        const line = module.line + (source?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? 0)
        return `${module.document}:${line} ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`
      },
    )
  })
}
