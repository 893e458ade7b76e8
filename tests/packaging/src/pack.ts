import { join } from 'node:path'
import type { PublicPackage } from './public-packages.ts'
import { runCommand } from './run-command.ts'

const never = [/\.test(-d)?\.ts$/, /\.tsbuildinfo$/, /(^|\/)test\//, /(^|\/)node_modules\//, /(^|\/)\.env/]
const always = ['package.json', 'README.md', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts']

/** Packs as `pnpm publish` would (workspace ranges replaced) and checks what would be published. */
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
  const paths = files.map((file) => file.path)
  const wrong = [
    ...paths.filter((path) => never.some((pattern) => pattern.test(path))).map((path) => `contains ${path}`),
    ...always.filter((path) => !paths.includes(path)).map((path) => `lacks ${path}`),
  ]
  if (wrong.length > 0) throw new Error(`Failed to pack ${name}: the tarball ${wrong.join(', ')}.`)

  const tools = join(import.meta.dirname, '../node_modules/.bin')
  const tarball = join(destination, filename.split('/').pop() ?? '')
  runCommand(join(tools, 'publint'), ['--strict', tarball], folder)
  runCommand(join(tools, 'attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'], folder)
  return tarball
}
