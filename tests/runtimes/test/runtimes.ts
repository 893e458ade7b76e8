import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { oldestNodes } from '@altcontext/oldest-nodes'

const require = createRequire(import.meta.url)
const programIn = (name: string, file: string) => join(dirname(require.resolve(`${name}/package.json`)), file)
const bun = programIn('bun', 'bin/bun.exe')
const deno = programIn('deno', 'deno')

/** The runtimes of the emitter: a name, the program, and the arguments with which it runs the packages from their sources. */
export const runtimes: [name: string, program: string, args: string[]][] = [
  ['this Node', process.execPath, ['--conditions=@altcontext/source']],
  ...oldestNodes.map(({ version, path }): [string, string, string[]] => [
    `Node ${version}`,
    path,
    ['--conditions=@altcontext/source'],
  ]),
  ['Bun', bun, ['--conditions=@altcontext/source', 'run']],
  [
    'Deno',
    deno,
    ['run', '--conditions=@altcontext/source', '--node-modules-dir=manual', '--allow-all', '--no-check'],
  ],
]
