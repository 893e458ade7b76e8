import type { Database } from '../database/database.ts'

/** What makes PostgreSQL write statements' parameters to its own log, and what ends that. */
export interface LoggedParameters {
  role: string
  /** The settings that do it: `log_min_duration_statement = 250`. */
  because: readonly string[]
  /** SQL for a superuser, or for whoever may set these parameters. */
  run: readonly string[]
}

/**
 * Finds out whether PostgreSQL writes the parameters of this role's statements, which include e-mail addresses, to its log, from
 * the settings as the role sees them.
 *
 * @returns `undefined` if it does not
 */
export const findLoggedParameters = async (database: Database): Promise<LoggedParameters | undefined> => {
  const rows = await database.transaction((tx) =>
    tx.query<{ role: string; name: string; setting: string }>(
      'SELECT current_user::text AS role, name, setting FROM pg_settings WHERE name = ANY($1::text[])',
      [Object.keys(isOff)],
    ),
  )
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]))
  const isSet = (name: keyof typeof isOff): boolean => {
    const setting = settings.get(name)
    return setting !== undefined && !isOff[name](setting)
  }
  const found = groups.flatMap(({ by, length }) => {
    const because = by.filter(isSet)
    return because.length > 0 && isSet(length) ? [{ because, length }] : []
  })
  const role = rows[0]?.role
  if (role === undefined || found.length === 0) return undefined
  return {
    role,
    because: found.flatMap(({ because }) => because.map((name) => `${name} = ${settings.get(name)}`)),
    run: found.map(({ length }) => `ALTER ROLE "${role.replaceAll('"', '""')}" SET ${length} = 0`),
  }
}

const isZero = (setting: string): boolean => Number(setting) === 0
const isNegative = (setting: string): boolean => Number(setting) < 0

/** The value with which each setting writes nothing. An absent setting, of a module that is not loaded, writes nothing either. */
const isOff = {
  log_statement: (setting: string) => setting === 'none' || setting === 'ddl',
  log_min_duration_statement: isNegative,
  log_min_duration_sample: isNegative,
  log_transaction_sample_rate: isZero,
  log_parameter_max_length: isZero,
  log_min_error_statement: (setting: string) => setting === 'panic',
  log_parameter_max_length_on_error: isZero,
  'auto_explain.log_min_duration': isNegative,
  'auto_explain.log_parameter_max_length': isZero,
}

const groups: readonly { by: readonly (keyof typeof isOff)[]; length: keyof typeof isOff }[] = [
  {
    by: [
      'log_statement',
      'log_min_duration_statement',
      'log_min_duration_sample',
      'log_transaction_sample_rate',
    ],
    length: 'log_parameter_max_length',
  },
  { by: ['log_min_error_statement'], length: 'log_parameter_max_length_on_error' },
  { by: ['auto_explain.log_min_duration'], length: 'auto_explain.log_parameter_max_length' },
]
