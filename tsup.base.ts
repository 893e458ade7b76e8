import { basename } from 'node:path'
import { defineConfig, type Options } from 'tsup'

/** Where `npm run build` has the declarations of all packages written before (tsconfig.declarations.json), a file for each source. */
const declarations = `../../.cache/declarations/${basename(process.cwd())}`

/** The one way a package of this repository is built: ESM, declarations, source maps, nothing bundled in. */
export const library = ({ entry = ['src/index.ts'], ...options }: Options & { entry?: string[] } = {}) =>
  defineConfig({
    entry,
    format: 'esm',
    target: 'node22',
    platform: 'node',
    dts: {
      entry: Object.fromEntries(
        entry.map((file) => [
          file.replace(/^src\/(.*)\.ts$/, '$1'),
          `${declarations}/${file.replace(/\.ts$/, '.d.ts')}`,
        ]),
      ),
    },
    sourcemap: true,
    clean: true,
    splitting: true,
    ...options,
  })
