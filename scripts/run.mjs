import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { install, root } from './install.mjs'

/** The repository's own Node 24, whatever version runs this file. */
const node = join(root, 'node_modules', 'node', 'bin', 'node')

/** What Node makes of a file before it runs it: tests start hundreds of programs from the same sources. */
const compileCache = join(root, '.cache', 'node-compile-cache')

/**
 * Runs a program with the repository's Node, forwards the signals that this process gets, and ends as it ends.
 *
 * @param {string[]} args of Node: flags, the file, its arguments
 * @returns {Promise<number>} the exit code
 */
async function run(args, { cwd = root } = {}) {
  install()
  const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const child = spawn(node, args, {
    cwd,
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env, PATH },
  })
  // Ctrl-C reaches the child from the terminal as well; waiting for it lets it stop in its own time.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
}

/** Runs a TypeScript file of the workspace from source. */
export function runTypeScript(file, args = [], options = {}) {
  return run(
    ['--conditions=@altcontext/source', '--disable-warning=ExperimentalWarning', join(root, file), ...args],
    options,
  )
}

/** Runs a command-line tool among the root's dev dependencies. */
export function runTool(file, args) {
  return run([join(root, 'node_modules', file), ...args])
}
