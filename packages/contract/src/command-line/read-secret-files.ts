import { readFileSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment with the contents of files: `<name>_FILE` is the path of a file that holds what `<name>` would. The
 * `_FILE` variables that were read are left out.
 *
 * @throws what `toError` makes of all problems: a file that cannot be read, and a secret that is given twice
 */
export const readSecretFiles = (
  env: Environment,
  names: readonly string[],
  toError: (problems: string) => Error,
): Environment => {
  const problems: string[] = []
  const read = { ...env }
  for (const name of names) {
    const path = env[`${name}_FILE`]
    delete read[`${name}_FILE`]
    if (path === undefined || path === '') continue
    if (env[name] !== undefined) {
      problems.push(`${name} and ${name}_FILE are given, expected one of them`)
      continue
    }
    try {
      read[name] = readFileSync(path, 'utf8').trim()
    } catch {
      problems.push(`${name}_FILE names a file that cannot be read`)
    }
  }
  if (problems.length > 0) throw toError(problems.join('; '))
  return read
}
