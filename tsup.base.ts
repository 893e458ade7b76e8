import { defineConfig, type Options } from 'tsup'

/** The one way a package of this repository is built: ESM, declarations, source maps, nothing bundled in. */
export const library = (options: Options = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'node22',
    platform: 'node',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    ...options,
  })
