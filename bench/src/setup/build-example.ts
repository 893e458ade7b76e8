import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

const packages = ['contract', 'store', 'emitter', 'receiver', 'metrics', 'dashboard', 'backend']
const example = 'examples/marketing-backend'

/** Builds the example server and what it imports, dependencies first, where the build is older than the source. */
export const buildExample = (): void => {
  for (const path of [...packages.map((name) => `packages/${name}`), example]) {
    const folder = root + path
    const newest = (pattern: string): number =>
      Math.max(0, ...globSync(pattern, { cwd: folder }).map((file) => statSync(`${folder}/${file}`).mtimeMs))
    if (newest('dist/{index,main}.js') > newest('src/**/*.*')) continue
    process.stderr.write(`  building ${path}\n`)
    execFileSync('/bin/sh', ['-c', `PATH="$PWD/node_modules/.bin:$PATH"; ${buildScriptOf(folder)}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
}

const buildScriptOf = (folder: string): string =>
  JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')).scripts.build
