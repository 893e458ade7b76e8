import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PackedPackage, root } from './public-packages.ts'
import { runCommand } from './run-command.ts'

/** Peer dependencies that a project which uses everything would have; `@prisma/client` is deliberately not among them. */
const absentPeers = ['@prisma/client']

/** The newest SDK requires an older API than the newest: a second copy of the API would lose all our spans. */
const openTelemetry = {
  '@opentelemetry/api': '1.9.0',
  '@opentelemetry/context-async-hooks': '2.12.0',
  '@opentelemetry/core': '2.12.1',
  '@opentelemetry/sdk-trace-base': '2.12.1',
}

/** Installs all tarballs in an empty project outside the repository. */
export const installElsewhere = async (packages: PackedPackage[], project: string): Promise<void> => {
  const tarballs = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]))
  const peers = Object.assign({}, ...packages.map((each) => each.peerDependencies)) as Record<string, string>
  for (const name of absentPeers) delete peers[name]
  writeJson(join(project, 'package.json'), {
    name: 'user',
    private: true,
    type: 'module',
    dependencies: { ...peers, ...tarballs, ...openTelemetry },
    devDependencies: versionsOf(['typescript', '@types/node']),
    overrides: tarballs,
  })
  await runCommand(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'],
    project,
  )
}

/** Type-checks a file that imports every entry, with both ways in which projects resolve them. */
export const typeCheckEntries = async (packages: PackedPackage[], project: string): Promise<void> => {
  const entries = packages.flatMap((each) => each.entries)
  const imports = entries.map((entry, at) => `import * as entry${at} from '${entry}'`)
  const uses = entries.map((_, at) => `  entry${at},`)
  writeFileSync(
    join(project, 'user.ts'),
    [...imports, 'export const entries: readonly object[] = [', ...uses, ']'].join('\n'),
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
    await runCommand(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], project)
  }
}

const versionsOf = (names: string[]): Record<string, string> => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.fromEntries(names.map((name) => [name, devDependencies[name]]))
}

const writeJson = (file: string, value: unknown): void => {
  writeFileSync(file, JSON.stringify(value, null, 2))
}
