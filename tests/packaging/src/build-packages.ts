import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findPublicPackages, root } from './public-packages.ts'
import { runCommand } from './run-command.ts'

/**
 * Builds every public package with its own `build` script, dependencies first. The declarations of all packages are written first, in one run:
 * otherwise the compiler would check shared code again for each of them. The script makes one file of them for each entry.
 */
export const buildPackages = async (): Promise<void> => {
  rmSync(join(root, '.cache/declarations'), { recursive: true, force: true })
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  // Several checkers would each check what they share: twice the work for two processors.
  const options = ['-p', 'tsconfig.declarations.json', '--singleThreaded']
  await runCommand(process.execPath, [compiler, ...options], root)
  for (const { name, folder } of findPublicPackages()) {
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    await runCommand('/bin/sh', ['-c', `PATH="${folder}/node_modules/.bin:$PATH"; ${scripts.build}`], folder)
    if (!existsSync(join(folder, 'dist/index.js')))
      throw new Error(`Failed to build ${name}: no dist/index.js.`)
    console.log(`built ${name}`)
  }
}
