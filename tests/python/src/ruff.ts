import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs'
import { parse } from 'smol-toml'
import { pythonFolder } from './run-python.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folders = ['python/src', 'python/tests', 'examples/*/python', 'packages/contract/exports']

interface RuffSettings {
  format: { exclude: string[] }
}

interface Diagnostic {
  code: string | null
  message: string
  start_location: { row: number }
}

/** The settings of `python/pyproject.toml`, as ruff itself reads them. */
const readSettings = (): RuffSettings => {
  const { tool } = parse(readFileSync(join(pythonFolder, 'pyproject.toml'), 'utf8'))
  return (tool as { ruff: unknown }).ruff as RuffSettings
}

const readPrograms = (): { file: string; name: string; text: string }[] =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.py`, { cwd: root }))
    .sort()
    .map((name) => ({ name, file: join(root, name), text: readFileSync(join(root, name), 'utf8') }))

/** A line for each problem that ruff finds in our Python files, and for each file that it would format differently. */
export const lintPython = (): string[] => {
  const settings = readSettings()
  const workspace = new Workspace(settings, PositionEncoding.Utf16)
  return readPrograms().flatMap(({ name, text }) => [
    ...(workspace.check(text) as Diagnostic[]).map(
      ({ code, message, start_location: { row } }) => `${name}:${row} ${code} ${message}`,
    ),
    ...(isGenerated(name, settings) || workspace.format(text) === text
      ? []
      : [`${name} is not formatted: npm run python -- format`]),
  ])
}

/** Formats our Python files in place. */
export const formatPython = (): void => {
  const settings = readSettings()
  const workspace = new Workspace(settings, PositionEncoding.Utf16)
  for (const { file, name, text } of readPrograms()) {
    if (!isGenerated(name, settings)) writeFileSync(file, workspace.format(text))
  }
}

const isGenerated = (name: string, { format }: RuffSettings): boolean =>
  format.exclude.includes(basename(name))
