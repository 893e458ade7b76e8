import { readFileSync } from 'node:fs'
import { adminKeyProblem, parseSigningSecret } from '@altcontext/webhook-contract'

/** Who may do what; each is a list, for rotation. */
export interface Access {
  /** Keys that may send events, those of `admin` included. */
  readonly ingest: readonly string[]
  /** Keys that may read the numbers and sign in to the dashboard, those of `admin` included. */
  readonly read: readonly string[]
  /** Keys that may do everything, such as deleting a lead. */
  readonly admin: readonly string[]
  /** Empty when no variable is set: unsigned requests are accepted. */
  readonly signingSecrets: readonly string[]
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * Reads keys and signing secrets from the environment: `INGEST_API_KEYS`, `READ_API_KEYS`, `ADMIN_API_KEYS` and
 * `WEBHOOK_SIGNING_SECRETS`, each one or several separated by commas or white space; the singular names work too, and
 * `ADMIN_API_KEY` does what it always did. A variable with `_FILE` behind its name gives the path of a file that holds them.
 *
 * An empty variable for keys counts as absent: routes without a key respond with 503. A signing secret that is set but
 * blank is a problem, never "unsigned".
 *
 * @returns the access, and a phrase for each problem, none of which holds a key.
 * @example
 * const { access, problems } = readAccess(process.env)
 * if (problems.length > 0) throw new Error(problems.join('; '))
 * app.register(webhookReceiver, { database, adminKeys: access.ingest, signingSecrets: access.signingSecrets })
 * app.register(webhookMetrics, { database, adminKeys: access.read, marketingPropertyId })
 */
export const readAccess = (
  variables: Variables,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): { access: Access; problems: readonly string[] } => {
  const problems: string[] = []
  const source = { variables, readFile, problems }
  const keysOf = (name: string): string[] =>
    readList(source, name, { problemOf: adminKeyProblem, mayBeBlank: true })
  const admin = keysOf('ADMIN_API_KEY')
  return {
    access: {
      ingest: [...keysOf('INGEST_API_KEY'), ...admin],
      read: [...keysOf('READ_API_KEY'), ...admin],
      admin,
      signingSecrets: readList(source, 'WEBHOOK_SIGNING_SECRET', {
        problemOf: signingSecretProblem,
        mayBeBlank: false,
      }),
    },
    problems,
  }
}

interface Source {
  variables: Variables
  readFile: (path: string) => string
  problems: string[]
}

const readList = (
  { variables, readFile, problems }: Source,
  singular: string,
  { problemOf, mayBeBlank }: { problemOf: (secret: string) => string | undefined; mayBeBlank: boolean },
): string[] =>
  [singular, `${singular}S`].flatMap((name) => {
    const texts: [name: string, text: string][] = []
    const direct = variables[name]
    if (direct !== undefined) texts.push([name, direct])
    const path = variables[`${name}_FILE`]
    if (path !== undefined && path !== '') {
      try {
        texts.push([`${name}_FILE`, readFile(path)])
      } catch {
        problems.push(`${name}_FILE names a file that cannot be read`)
      }
    }
    return texts.flatMap(([origin, text]) => {
      const secrets = text.split(/[\s,]+/).filter((secret) => secret !== '')
      if (secrets.length === 0 && !mayBeBlank) {
        problems.push(`${origin} is blank: give it a secret, or remove it to accept unsigned requests`)
      }
      for (const secret of secrets) {
        const problem = problemOf(secret)
        if (problem !== undefined) problems.push(`${origin} ${problem}`)
      }
      return secrets
    })
  })

const signingSecretProblem = (secret: string): string | undefined => {
  try {
    parseSigningSecret(secret)
    return undefined
  } catch {
    return 'must look like whsec_<base64>'
  }
}
