import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import ts from 'typescript'

/** @throws When a built file or a declaration imports a package that the installed `package.json` does not name. */
export const checkNamedDependencies = (installed: string): void => {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const named = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    [manifest.name]: '',
    ...manifest.imports,
  }
  // The page in dist/app is bundled for browsers and imports nothing by name.
  const files = readdirSync(join(installed, 'dist')).filter((file) => /\.(js|d\.ts)$/.test(file))
  for (const file of files) {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(installed, 'dist', file), 'utf8'))
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.') || isBuiltin(fileName) || packageOf(fileName) in named) continue
      throw new Error(
        `Failed to check ${manifest.name}: dist/${file} imports ${fileName}, which its package.json does not name.`,
      )
    }
  }
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
