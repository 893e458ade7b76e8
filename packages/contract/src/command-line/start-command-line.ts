import type { CommandOutput } from './create-program.ts'
import { describeSystemError } from './describe-system-error.ts'

/** The oldest Node that the packages run on, as their manifests say. */
const oldestNode = [22, 18] as const

/**
 * The first thing that an executable does. The program itself is loaded only if this Node can run it: on an older
 * one its imports would end in a stack trace.
 *
 * @param load - Imports the program, runs it and returns its exit code.
 */
export const startCommandLine = async (
  name: string,
  load: (output: CommandOutput) => Promise<number>,
  node: string = process.versions.node,
): Promise<void> => {
  const writeError = (text: string): void => void process.stderr.write(text)
  const fail = (message: string): void => {
    writeError(`${message}\n`)
    process.exitCode = 2
  }
  if (isOlder(node)) {
    return fail(
      `Failed to run ${name}: Node ${node} is too old. Install Node ${oldestNode.join('.')} or newer.`,
    )
  }
  // `| head` closes the pipe when it has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  process.on('uncaughtException', (error) => {
    writeError(`${describeSystemError(name, error)}\n`)
    process.exit(2)
  })
  try {
    process.exitCode = await load({ write: (text) => void process.stdout.write(text), writeError })
  } catch (error) {
    fail(describeSystemError(name, error))
  }
}

const isOlder = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])
}
