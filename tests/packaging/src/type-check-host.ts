import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PackedPackage, root } from './public-packages.ts'
import { runCommand } from './run-command.ts'

/**
 * Mounts the packed packages in a copy of tests/host, following only their READMEs, and type-checks it with the host's own compiler
 * and settings, every declaration too, because a host may not skip those of its libraries.
 */
export const typeCheckHost = async (packages: PackedPackage[], project: string): Promise<void> => {
  cpSync(join(root, 'tests/host/host'), project, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(root, 'tests/host/package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const ownDependencies = Object.entries(manifest.devDependencies).filter(
    ([name]) => !name.startsWith('@altcontext/') && !name.startsWith('@prisma/'),
  )
  const tarballs = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]))
  writeJson(join(project, 'package.json'), {
    name: 'host',
    private: true,
    type: 'module',
    dependencies: {
      ...Object.fromEntries(ownDependencies),
      '@altcontext/webhook-backend': tarballs['@altcontext/webhook-backend'],
      '@altcontext/webhook-store': tarballs['@altcontext/webhook-store'],
    },
    // middie's declarations import those of connect and do not bring them.
    devDependencies: { typescript: '5.9.3', '@types/node': '22.20.7', '@types/connect': '3.4.38' },
    overrides: tarballs,
  })
  await runCommand(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'],
    project,
  )
  for (const command of ['install', 'check']) {
    // As npx runs it, with this Node.
    await runCommand(process.execPath, ['node_modules/.bin/webhook-store', command], project)
  }
  await applyReadme(project)
  writeJson(join(project, 'tsconfig.json'), {
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      module: 'NodeNext',
      target: 'ES2023',
      lib: ['ES2023'],
      types: ['node'],
      noEmit: true,
    },
    include: ['src'],
  })
  await runCommand(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], project)
}

/** Applies the diff in the README of the installed package. */
const applyReadme = async (project: string): Promise<void> => {
  const readme = readFileSync(join(project, 'node_modules/@altcontext/webhook-backend/README.md'), 'utf8')
  const diff = /```diff\n([\s\S]*?)```/.exec(readme)?.[1]
  if (diff === undefined) throw new Error('The README of webhook-backend has no diff.')
  writeFileSync(join(project, 'readme.diff'), diff)
  await runCommand('git', ['init', '--quiet'], project)
  await runCommand('git', ['apply', 'readme.diff'], project)
}

const writeJson = (file: string, value: unknown): void => {
  writeFileSync(file, JSON.stringify(value, null, 2))
}
