/**
 * One promise of the contract that can be checked from outside. Checks depend on no test runner: the vitest suites and the
 * command line run the same list.
 */
export interface Check<Target> {
  /** Stable, for reports and exceptions: `dedupes-by-id`. */
  readonly name: string
  /** The promise as a sentence. */
  readonly title: string
  /** Whether the target provides what the check needs. @default always */
  readonly applies?: (target: Target) => boolean
  /** Rejects with an `AssertionError` that says what was seen instead. */
  readonly run: (target: Target) => Promise<void>
}

export const applicable = <Target>(
  checks: readonly Check<Target>[],
  target: Target,
): readonly Check<Target>[] => checks.filter(({ applies }) => applies === undefined || applies(target))
