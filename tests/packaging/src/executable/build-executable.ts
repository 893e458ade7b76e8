import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { fromSource } from '../bundled-program.ts'
import { root } from '../public-packages.ts'
import { runCommand } from '../run-command.ts'

const relay = join(root, 'packages/relay')
/** By this Node knows, from its own file, that it is a single executable application. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/**
 * `webhook-relay` as one file: Node, without its symbols where there is a `strip` for it, and the command line with everything
 * that it imports.
 *
 * @see https://nodejs.org/api/single-executable-applications.html
 */
export const buildExecutable = async (file: string, node: string = process.execPath): Promise<void> => {
  const folder = dirname(file)
  mkdirSync(folder, { recursive: true })
  const main = join(folder, 'main.cjs')
  const blob = join(folder, 'main.blob')
  const configuration = join(folder, 'sea.json')
  await build({
    ...fromSource,
    entryPoints: [join(relay, 'src/cli.ts')],
    outfile: main,
    minify: true,
    format: 'cjs',
    target: 'node24',
    define: { 'import.meta.url': JSON.stringify('file:///webhook-relay') },
  })
  const options = {
    main,
    output: blob,
    disableExperimentalSEAWarning: true,
    assets: { 'package.json': join(relay, 'package.json') },
  }
  writeFileSync(configuration, JSON.stringify(options))
  await runCommand(process.execPath, ['--experimental-sea-config', configuration], folder)
  copyFileSync(node, file)
  chmodSync(file, 0o755)
  await strip(file, folder)
  const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js')
  const parts = [file, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse]
  await runCommand(process.execPath, [postject, ...parts], folder)
  if (readFileSync(file).includes(`${fuse}:0`)) {
    throw new Error('Failed to build the executable: the program was not put into it.')
  }
}

const strip = async (file: string, folder: string): Promise<void> => {
  try {
    await runCommand('strip', [file], folder)
  } catch {
    console.log(
      'This machine has no strip (binutils) for this architecture: the executable keeps its symbols and is larger.',
    )
  }
}
