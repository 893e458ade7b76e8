import { type Command, CommanderError } from 'commander'
import { type CommandOutput, withCompletion } from './create-program.ts'
import { describeSystemError } from './describe-system-error.ts'

/** How a command ends when it fails. */
export interface CommandFailure {
  /** One sentence, without a line break at its end. */
  message: string
  /** @default 2 */
  exitCode?: number | undefined
}

/**
 * Runs a program and resolves with its exit code: that of `exitCode` when it is done, 2 for a mistake in the command, and
 * what `explain` says for an error. Whatever goes wrong, one sentence is written and never a stack trace.
 *
 * @param explain - Knows the errors of the package. `undefined` for one that it does not know.
 */
export const runProgram = async (
  program: Command,
  args: readonly string[],
  {
    writeError,
    explain,
    exitCode = () => 0,
  }: Pick<CommandOutput, 'writeError'> & {
    explain: (error: unknown) => CommandFailure | undefined
    exitCode?: (() => number) | undefined
  },
): Promise<number> => {
  try {
    await withCompletion(program).parseAsync([...args], { from: 'user' })
    return exitCode()
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const failure = explain(error) ?? { message: describeSystemError(program.name(), error) }
    writeError(`${failure.message}\n`)
    return failure.exitCode ?? 2
  }
}
