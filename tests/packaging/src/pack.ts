import { join } from 'node:path'
import type { PublicPackage } from './public-packages.ts'
import { runCommand } from './run-command.ts'
import { checkContents } from './tarball-contents.ts'

const tools = join(import.meta.dirname, '../node_modules/.bin')

/** Packs as `pnpm publish` would (workspace ranges replaced) and checks what would be published, every entry of it. */
export function pack({ name, folder }: PublicPackage, destination: string): string {
  const output = runCommand(
    'npx',
    ['--yes', 'pnpm@12.21.0', 'pack', '--json', '--pack-destination', destination],
    folder,
  )
  const { filename, files } = JSON.parse(output.slice(output.indexOf('{'))) as {
    filename: string
    files: { path: string }[]
  }
  checkContents(
    name,
    folder,
    files.map(({ path }) => path),
  )
  const tarball = join(destination, filename.split('/').pop() ?? '')
  runCommand(join(tools, 'publint'), ['--strict', tarball], folder)
  runCommand(join(tools, 'attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'], folder)
  return tarball
}
