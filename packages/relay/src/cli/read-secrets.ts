import { holdsPassword, readSecretFiles } from '@altcontext/webhook-contract/command-line'
import { invalidOptions } from '../relay-error.ts'
import type { RelayEnvironment } from '../relay-options.ts'

/** Variables that may hold a secret: `<name>_FILE` is the path of a file that holds it instead. */
const secretNames = [
  'ADMIN_API_KEY',
  'WEBHOOK_SIGNING_SECRET',
  'RELAY_TOKEN',
  'RELAY_OUTBOX',
  'NATS_URL',
  'NATS_PASSWORD',
  'NATS_TOKEN',
] as const

/**
 * The environment with the contents of the files that `ADMIN_API_KEY_FILE` and the like name.
 *
 * @throws {RelayError} `invalid_options`, for a file that cannot be read, and for a secret that is given twice.
 */
export const readSecrets = (env: RelayEnvironment): RelayEnvironment =>
  readSecretFiles(env, secretNames, (problems) =>
    invalidOptions(`Failed to read secrets: ${problems}. Correct the environment variables.`),
  )

/**
 * Every user of a machine can see its command lines.
 *
 * @throws {RelayError} `invalid_options`, for the address of a database with its password.
 */
export const refusePasswordFlag = (outbox: string | undefined): void => {
  if (outbox === undefined || !holdsPassword(outbox)) return
  throw invalidOptions(
    'Failed to open the outbox: --outbox holds a password, and other users can see command lines. Give the address in RELAY_OUTBOX, or in a file that RELAY_OUTBOX_FILE names.',
  )
}
