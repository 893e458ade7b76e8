import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findPublicPackages } from './public-packages.ts'
import { runCommand } from './run-command.ts'

/** Builds every public package with its own `build` script, dependencies first. */
export const buildPackages = (): void => {
  for (const { name, folder } of findPublicPackages()) {
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    runCommand('/bin/sh', ['-c', `PATH="${folder}/node_modules/.bin:$PATH"; ${scripts.build}`], folder)
    if (!existsSync(join(folder, 'dist/index.js')))
      throw new Error(`Failed to build ${name}: no dist/index.js.`)
    console.log(`built ${name}`)
  }
}
