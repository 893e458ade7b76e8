import { sqlStateOf } from '@altcontext/webhook-store'

/**
 * How a payload's counts are read. A stored payload was valid once, but one value that is not a number must never
 * stop the job: `tolerant` treats it as absent. `strict` raises an error instead (SQLSTATE class 22) and is a
 * third faster; where it raises none, the two agree.
 */
export type CountStrictness = 'strict' | 'tolerant'

/** Runs a transaction with `strict` counts and, when a stored value is not a number, again with `tolerant` ones. */
export const withTolerance = async <T>(run: (strictness: CountStrictness) => Promise<T>): Promise<T> => {
  try {
    return await run('strict')
  } catch (error) {
    if (!sqlStateOf(error)?.startsWith('22')) throw error
    return run('tolerant')
  }
}
