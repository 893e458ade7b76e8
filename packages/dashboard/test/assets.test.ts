import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const app = new URL('../dist/app/', import.meta.url).pathname
const filesMatching = async (pattern: string) => {
  const files: string[] = []
  for await (const file of glob(pattern, { cwd: app })) files.push(file)
  return files
}
const read = (file: string) => readFileSync(`${app}${file}`)

const sizeOf = (files: readonly string[]) => files.reduce((sum, file) => sum + gzipSync(read(file)).length, 0)

test('The JavaScript of the first view has at most 90 KB, gzipped; the palette, sharing and pictures are not in it', async () => {
  const html = read('index.html').toString()
  const first = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, file]) => String(file))
  expect(first.length).toBeGreaterThan(0)
  // What these import at once is the first view's too.
  for (const file of first) {
    const imports = [
      ...read(file)
        .toString()
        .matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g),
    ]
    first.push(...imports.map(([, name]) => `assets/${name}`).filter((name) => !first.includes(name)))
  }
  expect(sizeOf(first)).toBeLessThanOrEqual(90 * 1024)
  const all = await filesMatching('**/*.js')
  expect(all.length).toBeGreaterThan(first.length)
  expect(sizeOf(all)).toBeLessThanOrEqual(125 * 1024)
  for (const words of ['combobox', 'shared-views', 'toBlob']) {
    for (const file of first) expect(read(file).toString(), file).not.toContain(words)
  }
})

test('The document has no inline script, style or handler, and no address of another origin', () => {
  const html = read('index.html').toString()
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|https?:|<script(?![^>]*\ssrc=)/)
})

test('The style sheet loads nothing', async () => {
  const sheets = await filesMatching('**/*.css')
  expect(sheets).toHaveLength(1)
  for (const sheet of sheets) expect(read(sheet).toString()).not.toMatch(/url\(|@import/)
})
