/**
 * Builds the page into dist/app, unless it was already built from the same sources. Compressed copies are
 * beside the files, because small hosts do not compress. Safe to run several times at once: the new folder
 * replaces the old one in one step.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const packageDirectory = join(import.meta.dirname, '..')
const appDirectory = join(packageDirectory, 'dist', 'app')
const fingerprintFile = join(appDirectory, 'sources.sha256')

const fingerprintOfSources = async (): Promise<string> => {
  const hash = createHash('sha256')
  const patterns = ['src/app/**/*.*', 'vite.config.ts', 'svelte.config.ts', 'package.json', 'scripts/*.ts']
  const files: string[] = [join('..', '..', 'docs', 'numbers.md')]
  for await (const file of glob(patterns, { cwd: packageDirectory })) files.push(file)
  for (const file of files.sort()) {
    hash.update(`${file}\0`).update(await readFile(join(packageDirectory, file)))
  }
  return hash.digest('hex')
}

/** The definitions of the numbers, in the page's own style. */
const writeNumbers = async (directory: string): Promise<void> => {
  const document = await readFile(join(directory, 'index.html'), 'utf8')
  const styleSheet = /href="(\.\/assets\/[^"]+\.css)"/.exec(document)?.[1]
  if (styleSheet === undefined) throw new Error('Failed to build the page: it has no style sheet.')
  const { renderNumbers } = await import('./render-numbers.ts')
  const { html } = await renderNumbers(styleSheet)
  await writeFile(join(directory, 'numbers.html'), html)
}

const compress = async (directory: string): Promise<void> => {
  for await (const file of glob('assets/*.{js,css,svg}', { cwd: directory })) {
    const content = await readFile(join(directory, file))
    await writeFile(join(directory, `${file}.br`), brotliCompressSync(content))
    await writeFile(join(directory, `${file}.gz`), gzipSync(content, { level: 9 }))
  }
}

const replaceApp = async (built: string): Promise<void> => {
  const old = `${built}.old`
  if (existsSync(appDirectory)) await rename(appDirectory, old).catch(() => {})
  await rename(built, appDirectory).catch(async (error: NodeJS.ErrnoException) => {
    // Another build was first.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(built, { recursive: true })
  })
  await rm(old, { recursive: true, force: true })
}

const fingerprint = await fingerprintOfSources()
const present = await readFile(fingerprintFile, 'utf8').catch(() => undefined)
if (present !== fingerprint) {
  const built = await mkdtemp(join(packageDirectory, 'node_modules', '.dashboard-app-'))
  process.chdir(packageDirectory)
  // Loaded only here, because it takes a second.
  const { build } = await import('vite')
  await build({ build: { outDir: built }, logLevel: 'warn' })
  await writeNumbers(built)
  await compress(built)
  await writeFile(join(built, 'sources.sha256'), fingerprint)
  await mkdir(join(packageDirectory, 'dist'), { recursive: true })
  await chmod(built, 0o755)
  await replaceApp(built)
}
