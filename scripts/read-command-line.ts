import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>

/**
 * What was asked of a script behind `npm run`. `--help` prints `usage` and ends the process with 0; what is not understood is a
 * sentence, the usage and exit code 2. Arguments that begin with a dash and are meant for somebody else follow a second `--`.
 *
 * @param maxPositionals how many arguments without a dash it takes, at most
 */
export const readCommandLine = <const Options extends ParseArgsOptionsConfig>({
  usage,
  options,
  maxPositionals = 0,
}: {
  usage: string
  options: Options
  maxPositionals?: number
}): Parsed<Options> => {
  const parsed = parse({ ...options, help }, usage)
  if ('help' in parsed.values) {
    process.stdout.write(usage)
    process.exit(0)
  }
  const surplus = parsed.positionals[maxPositionals]
  if (surplus !== undefined) refuse(`"${surplus}" is one argument too many`, usage)
  return parsed as unknown as Parsed<Options>
}

const parse = (options: ParseArgsOptionsConfig, usage: string) => {
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    return refuse(firstSentence(error), usage)
  }
}

/** Ends the process with a sentence, the usage and exit code 2. */
export const refuse = (reason: string, usage: string): never => {
  process.stderr.write(`Failed to read the command line: ${reason}.\n\n${usage}`)
  process.exit(2)
}

const help = { type: 'boolean', short: 'h' } as const

/** Node goes on with advice for programmers. */
const firstSentence = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split(/\. |\.$|\n/)[0] ?? ''
