import type * as z from 'zod/mini'
import { $ZodObject } from 'zod/v4/core'
import type { EventIssue } from '../events/event-issue.ts'
import { inEnglish, safeParse } from '../events/safe-parse.ts'
import { nearestName } from './nearest-name.ts'
import { shown } from './option-schemas.ts'

export interface ResolveOptionsSettings {
  /**
   * Makes the error of the package whose options these are.
   *
   * @param problems - Every problem in one phrase: `timeoutMs is 0, expected a whole number from 1 to 300000; ...`.
   */
  toError: (problems: string, issues: readonly EventIssue[]) => Error
  /** What to call an option in place of its path, when it comes from an environment variable. */
  names?: Readonly<Record<string, string>> | undefined
}

/**
 * Checks the options that a caller passes, from TypeScript or JavaScript, and fills in the defaults.
 *
 * Every problem is found at once, each with its path (`retry.delaysMs[0]`). An unknown option is a problem too,
 * named with the option that was probably meant. No message repeats text that was given: it may be secret.
 *
 * @throws What `toError` makes of the problems.
 */
export const resolveOptions = <Schema extends z.core.$ZodType>(
  schema: Schema,
  input: unknown,
  { toError, names = {} }: ResolveOptionsSettings,
): z.output<Schema> => {
  const result = safeParse(schema, input, messageOf)
  if (result.success) return result.data
  const issues = result.error.issues.flatMap(flatten).map(({ path, message, code }) => ({
    path: path.length === 0 && code === 'invalid_type' ? 'options' : pathText(path, names),
    message,
  }))
  throw toError(issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; '), issues)
}

/** Messages are the end of a sentence that begins with the option's name. */
const messageOf: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'unrecognized_keys') return unknownNames(issue.keys, issue.inst)
  if (issue.code === 'invalid_type') {
    return issue.input === undefined
      ? 'is missing'
      : `is ${shown(issue.input)}, expected ${issue.expected === 'string' ? 'text' : `an ${issue.expected}`}`
  }
  return inEnglish(issue)
}

// One line for each name, because zod has one issue for all of them.
const unknownNames = (names: readonly string[], object: unknown): string => {
  const known = object instanceof $ZodObject ? Object.keys(object._zod.def.shape) : []
  return names
    .map((name) => {
      const meant = nearestName(name, known)
      return `is not an option${meant === undefined ? '' : `; did you mean ${meant}?`}`
    })
    .join('\n')
}

type Problem = Pick<z.core.$ZodIssue, 'path' | 'message' | 'code'>

const flatten = (issue: z.core.$ZodIssue): Problem[] => {
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n')
    return issue.keys.map((key, index) => ({
      code: issue.code,
      path: [...issue.path, key],
      message: messages[index] ?? issue.message,
    }))
  }
  if (issue.code === 'invalid_union') {
    // The alternative whose kind fits, a list or an object, tells what is wrong inside it.
    const inside = issue.errors.find((issues) => issues.every((one) => one.path.length > 0 || isOfNames(one)))
    if (inside !== undefined) {
      return inside.flatMap((one) => flatten({ ...one, path: [...issue.path, ...one.path] }))
    }
  }
  return [issue]
}

const isOfNames = ({ code }: z.core.$ZodIssue): boolean => code === 'unrecognized_keys'

const pathText = (path: readonly PropertyKey[], names: Readonly<Record<string, string>>): string => {
  const [option, ...rest] = path.map(String)
  if (option === undefined) return ''
  const name = Object.hasOwn(names, option) ? (names[option] as string) : option
  return rest.reduce((text, key) => (/^\d+$/.test(key) ? `${text}[${key}]` : `${text}.${key}`), name)
}
