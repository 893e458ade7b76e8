import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the example server imports, dependencies first. */
const packages = ['contract', 'store', 'receiver', 'metrics', 'dashboard']

/** Builds what is older than its source, so that a built server is today's. */
export const buildPackages = (): void => {
  for (const name of packages) {
    const folder = `${root}packages/${name}`
    const newest = (pattern: string): number =>
      Math.max(0, ...globSync(pattern, { cwd: folder }).map((file) => statSync(`${folder}/${file}`).mtimeMs))
    if (newest('dist/index.js') > newest('src/**/*.*')) continue
    process.stderr.write(`  building ${name}\n`)
    execFileSync('/bin/sh', ['-c', `PATH="$PWD/node_modules/.bin:$PATH"; ${buildScriptOf(folder)}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
}

const buildScriptOf = (folder: string): string =>
  JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')).scripts.build
