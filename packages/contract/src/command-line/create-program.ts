import { createRequire } from 'node:module'
import addCompletion from '@bomb.sh/tab/commander'
import { Command } from 'commander'
import { singleFile } from './single-file.ts'

/** Where a command writes: standard output and standard error, or what a test reads. */
export interface CommandOutput {
  write(text: string): void
  writeError(text: string): void
}

export interface ProgramSettings extends CommandOutput {
  /** As it is typed: `webhook-relay`. */
  name: string
  description: string
  /** The package whose version `--version` prints: its name and the `import.meta.url` of one of its files. */
  package: { name: string; url: string }
}

/**
 * What all commands of these packages have in common: `--version`, and that they end with an error instead of
 * `process.exit`; {@link runProgram} turns it into an exit code. Subcommands inherit both.
 */
export const createProgram = ({
  name,
  description,
  package: owner,
  write,
  writeError,
}: ProgramSettings): Command =>
  new Command(name)
    .description(description)
    .version(versionOf(owner))
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: writeError })

/** `webhook-relay complete bash` prints a script for the shell, which then asks `webhook-relay complete -- ...`. */
export const withCompletion = (program: Command): Command => {
  if (!program.commands.some((command) => command.name() === 'complete')) addCompletion(program)
  return program
}

const versionOf = ({ name, url }: ProgramSettings['package']): string => {
  // A single-file executable carries its manifest within it.
  const file = singleFile()
  const manifest =
    file === undefined
      ? createRequire(url)(`${name}/package.json`)
      : JSON.parse(file.getAsset('package.json', 'utf8'))
  return manifest.version
}
