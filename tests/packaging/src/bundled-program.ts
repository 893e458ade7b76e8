import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { root } from './public-packages.ts'

/** How esbuild makes one file of a program's sources and of everything that they import. */
export const fromSource: BuildOptions = {
  bundle: true,
  platform: 'node',
  conditions: ['@altcontext/source', 'node'],
  // pg loads it only when somebody asks for it.
  external: ['pg-native'],
  logLevel: 'silent',
}

const folder = join(root, '.cache/bundled-programs')
const bundled = new Map<string, Promise<string>>()

/**
 * The path of a program as one file, which is made from the sources when it is asked for the first time. It behaves as from source, and
 * starts in a fraction of the processor time: reading hundreds of files, and taking the types out of them, costs more than most
 * programs of the tests do afterwards. Programs that are killed leave nothing in Node's compile cache.
 */
export const bundledProgram = (program: URL): Promise<string> => {
  const known = bundled.get(program.href) ?? bundle(program)
  bundled.set(program.href, known)
  return known
}

const bundle = async ({ pathname }: URL): Promise<string> => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${pathname.replace(`${root}/`, '').replaceAll('/', '-')}.mjs`)
  // Another run may start the same program at this moment.
  const unfinished = `${file}.${randomUUID()}`
  await build({
    ...fromSource,
    entryPoints: [pathname],
    outfile: unfinished,
    format: 'esm',
    target: 'node22',
    plugins: [withOwnAddresses],
    // What is not ESM asks for the modules of Node with it.
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`,
    },
  })
  renameSync(unfinished, file)
  return file
}

/** Sources find the files of their package from their own address. */
const withOwnAddresses: Plugin = {
  name: 'own addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }))
  },
}
