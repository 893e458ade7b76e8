import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { renderNumbers } from '../scripts/render-numbers.ts'
import { definitionLines } from '../src/app/state/definition-lines.ts'
import { createDashboard } from './start-dashboard.ts'

test('Every definition links to a line that docs/numbers.md has', async () => {
  const { names } = await renderNumbers('./style.css')
  expect(Object.values(definitionLines).filter((line) => !names.has(line))).toEqual([])
})

test('The links of docs/numbers.md to its own headings lead somewhere on the page too', async () => {
  const { html, names } = await renderNumbers('./style.css')
  const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, name]) => String(name))
  expect(links.length).toBeGreaterThan(2)
  expect(links.filter((link) => !names.has(link))).toEqual([])
})

test('The definitions are served beside the page, in its style, with every line that is linked to', async () => {
  const { app } = await createDashboard()
  const { statusCode, headers, body } = await app.inject('/dashboard/numbers')
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  for (const line of Object.values(definitionLines)) expect(body).toContain(`id="${line}"`)
  const styleSheet = /href="\.\/(assets\/[^"]+\.css)"/.exec(body)?.[1]
  expect((await app.inject(`/dashboard/${styleSheet}`)).statusCode).toBe(200)
  expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|<script/)
})

test('What is packed has the definitions as the document has them now', async () => {
  const built = await readFile(new URL('../dist/app/numbers.html', import.meta.url), 'utf8')
  const styleSheet = /href="([^"]+\.css)"/.exec(built)?.[1] ?? ''
  expect(built).toBe((await renderNumbers(styleSheet)).html)
})
