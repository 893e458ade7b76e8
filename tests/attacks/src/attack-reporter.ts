import type { Reporter, TestCase } from 'vitest/node'

declare module 'vitest' {
  interface TaskMeta {
    /** What an attack tried, how often, and what got through. */
    attack?: string
  }
}

/** A vitest reporter: a line for each attack, whether it failed or not. */
export default class AttackReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { attack } = test.meta()
    if (attack !== undefined) process.stdout.write(`  ${attack}\n`)
  }
}
