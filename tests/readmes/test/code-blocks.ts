import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CodeBlock {
  /** Path of the document from the repository's root. */
  document: string
  /** The line of the block's first line of code, counted from 1. */
  line: number
  language: string
  code: string
}

const documents = ['*.md', 'packages/*/README.md', 'examples/*/README.md', 'docs/**/*.md', 'bench/README.md']
const fence = /^```(\w+)[^\n]*\n(.*?)^```$/gms

/** Every fenced block with a language in every document that a user reads. */
export const readCodeBlocks = (root: string): CodeBlock[] =>
  globSync(documents, { cwd: root }).flatMap((document) => {
    const text = readFileSync(join(root, document), 'utf8')
    return [...text.matchAll(fence)].map(({ index, 1: language = '', 2: code = '' }) => ({
      document,
      line: text.slice(0, index).split('\n').length + 1,
      language,
      code,
    }))
  })
