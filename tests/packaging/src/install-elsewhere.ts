import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PublicPackage, root } from './public-packages.ts'
import { runCommand } from './run-command.ts'

export interface PackedPackage extends PublicPackage {
  tarball: string
}

/** Peers that the project of a user of everything would have; `@prisma/client` is deliberately none of them. */
const absentPeers = ['@prisma/client']

/** Installs all tarballs in an empty project outside the repository, imports each and type-checks that. */
export function checkInstalledElsewhere(packages: PackedPackage[]): void {
  const project = mkdtempSync(join(tmpdir(), 'altcontext-packaging-'))
  try {
    const tarballs = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]))
    const peers = Object.assign({}, ...packages.map((each) => each.peerDependencies)) as Record<
      string,
      string
    >
    for (const name of absentPeers) delete peers[name]
    writeJson(join(project, 'package.json'), {
      name: 'user',
      private: true,
      type: 'module',
      dependencies: { ...peers, ...tarballs },
      devDependencies: versionsOf(['typescript', '@types/node']),
      overrides: tarballs,
    })
    runCommand('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], project)

    const names = packages.map(({ name }) => name)
    importEach(project, names)
    assertLoadsWithoutPrisma(project, names)
    typeCheck(project, names)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

function importEach(project: string, names: string[]): void {
  const file = 'import-each.mjs'
  const lines = names.map(
    (name) =>
      `if (Object.keys(await import('${name}')).length === 0) throw new Error('${name} exports nothing')`,
  )
  writeFileSync(join(project, file), lines.join('\n'))
  runCommand(process.execPath, [file], project)
}

/** The production image has no Prisma runtime: whatever asked for it would end the server at its start. */
function assertLoadsWithoutPrisma(project: string, names: string[]): void {
  const file = 'without-prisma.mjs'
  writeFileSync(
    join(project, file),
    `import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.includes('@prisma/')) throw new Error(\`\${context.parentURL} asked for \${specifier}\`)
    return next(specifier, context)
  },
})
${names
  .filter((name) => name.endsWith('-receiver'))
  .map((name) => `await import('${name}')`)
  .join('\n')}
`,
  )
  runCommand(process.execPath, [file], project)
}

function typeCheck(project: string, names: string[]): void {
  const imports = names.map((name, at) => `import * as package${at} from '${name}'`)
  const uses = names.map((_, at) => `  package${at},`)
  writeFileSync(
    join(project, 'user.ts'),
    [...imports, 'export const packages: readonly object[] = [', ...uses, ']'].join('\n'),
  )
  for (const [moduleResolution, module] of [
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ]) {
    writeJson(join(project, 'tsconfig.json'), {
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: 'es2023',
        lib: ['es2023', 'esnext.disposable'],
        types: ['node'],
        skipLibCheck: true,
        module,
        moduleResolution,
      },
      files: ['user.ts'],
    })
    runCommand(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], project)
  }
}

function versionsOf(names: string[]): Record<string, string> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.fromEntries(names.map((name) => [name, devDependencies[name]]))
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, JSON.stringify(value, null, 2))
}
