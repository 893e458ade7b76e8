import type { Check } from './check.ts'

export interface CheckResult {
  name: string
  title: string
  status: 'passed' | 'failed' | 'skipped'
  /** What was seen instead. */
  message?: string
  durationMs: number
}

export interface RunChecksOptions {
  /** How many checks run at once. @default 1 */
  concurrency?: number | undefined
  onResult?: ((result: CheckResult) => void) | undefined
}

/** Runs every check against a target, even if others fail. Results come in the order of the checks. */
export const runChecks = async <Target>(
  checks: readonly Check<Target>[],
  target: Target,
  { concurrency = 1, onResult }: RunChecksOptions = {},
): Promise<CheckResult[]> => {
  const results: CheckResult[] = []
  const queue = checks.entries()
  const work = async (): Promise<void> => {
    for (const [index, check] of queue) {
      const result = await runCheck(check, target)
      results[index] = result
      onResult?.(result)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return results
}

const runCheck = async <Target>(check: Check<Target>, target: Target): Promise<CheckResult> => {
  const { name, title } = check
  if (check.applies !== undefined && !check.applies(target)) {
    return { name, title, status: 'skipped', durationMs: 0 }
  }
  const startedMs = performance.now()
  const took = () => Math.round(performance.now() - startedMs)
  try {
    await check.run(target)
    return { name, title, status: 'passed', durationMs: took() }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { name, title, status: 'failed', message, durationMs: took() }
  }
}
