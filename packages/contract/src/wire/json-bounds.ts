import { contractLimits } from '../contract-limits.ts'
import type { EventIssue } from '../events/event-issue.ts'

/**
 * Finds where a parsed body is nested too deep, or has too many keys in one object: its size alone does not limit the
 * cost of checking it.
 *
 * @returns undefined when all is within `maxDepth` and `maxKeysPerObject` of the contract's limits.
 */
export const jsonBoundsProblem = (value: unknown): EventIssue | undefined => {
  const { maxDepth, maxKeysPerObject } = contractLimits
  let level: object[] = isObject(value) ? [value] : []
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) return { path: '', message: `Expected at most ${maxDepth} levels` }
    const next: object[] = []
    for (const parent of level) {
      const children = Array.isArray(parent) ? parent : Object.values(parent)
      if (!Array.isArray(parent) && children.length > maxKeysPerObject) {
        return { path: '', message: `Expected at most ${maxKeysPerObject} keys in an object` }
      }
      for (const child of children) if (isObject(child)) next.push(child)
    }
    level = next
  }
  return undefined
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
