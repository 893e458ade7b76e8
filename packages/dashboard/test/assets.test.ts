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

test('The JavaScript of the page has at most 90 KB, gzipped', async () => {
  const sizes = (await filesMatching('**/*.js')).map((file) => gzipSync(read(file)).length)
  expect(sizes.length).toBeGreaterThan(0)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(90 * 1024)
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
