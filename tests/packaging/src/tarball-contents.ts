import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const list = join(import.meta.dirname, '../contents.json')
const never = [/\.test(-d)?\.ts$/, /\.tsbuildinfo$/, /(^|\/)test\//, /(^|\/)node_modules\//, /(^|\/)\.env/]

/** @throws Naming each file that should not be published, or that is missing, by `contents.json`. */
export const checkContents = (name: string, folder: string, paths: string[]): void => {
  const expected: string[] = JSON.parse(readFileSync(list, 'utf8'))[basename(folder)] ?? []
  const found = summariseContents(paths)
  const wrong = [
    ...paths.filter((path) => never.some((pattern) => pattern.test(path))).map((path) => `contains ${path}`),
    ...found
      .filter((path) => !expected.includes(path))
      .map((path) => `contains ${path}, which is not listed`),
    ...expected.filter((path) => !found.includes(path)).map((path) => `lacks ${path}`),
  ]
  if (wrong.length === 0) return
  throw new Error(
    `Failed to pack ${name}: the tarball ${wrong.join(', ')}. Correct "files" in its package.json, or tests/packaging/contents.json.`,
  )
}

/** Sources are one line, so are a page's assets of a kind, hashes in names are stars, and the change log is there from the first release on. */
const summariseContents = (paths: string[]): string[] => {
  const lines = paths
    .filter((path) => path !== 'CHANGELOG.md')
    .map((path) =>
      path
        .replace(/^src\/.*\.ts$/, 'src/**/*.ts')
        .replace(/^(dist\/app\/assets)\/.*?((\.\w+)(\.br|\.gz)?)$/, '$1/*$2')
        .replace(/^(dist\/.*)-[\w-]{8}(\.[^/]+)$/, '$1-*$2'),
    )
  return [...new Set(lines)].sort()
}
