import * as z from 'zod'
import { type ContractChange, type ContractDiff, combineVerdicts } from './diff-snapshots.ts'

// Made when it is needed: a zod schema at the top level would put all of zod into every bundle.
const policySchema = () =>
  z.strictObject({
    accept: z.array(
      z.strictObject({
        /** `at` of the change. */
        at: z.string().min(1),
        /** `kind` of the change. */
        kind: z.string().min(1),
        /** The last day, in UTC, on which the change is accepted. */
        until: z.iso.date(),
        /** Who decided it, and how old and new get along meanwhile. */
        reason: z.string().min(1),
      }),
    ),
  })

/** Breaks that were decided on purpose, each by name and until a day. */
export type AcceptancePolicy = z.infer<ReturnType<typeof policySchema>>

/** @throws {SyntaxError} naming every entry that is wrong */
export const parsePolicy = (text: string): AcceptancePolicy => {
  const result = policySchema().safeParse(JSON.parse(text))
  if (result.success) return result.data
  throw new SyntaxError(
    result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  )
}

export interface JudgedChange extends ContractChange {
  /** Why the change is accepted although it is breaking. */
  acceptedBecause?: string
}

export interface JudgedDiff extends ContractDiff {
  changes: JudgedChange[]
  /** Entries of the policy that are past their day, or name no change. */
  notes: string[]
}

/** Applies a policy: what it accepts no longer counts towards the verdict of the whole. */
export const applyPolicy = (diff: ContractDiff, policy: AcceptancePolicy, nowMs: number): JudgedDiff => {
  const today = new Date(nowMs).toISOString().slice(0, 10)
  const notes: string[] = []
  const changes: JudgedChange[] = diff.changes.map((change) => ({ ...change }))
  for (const { at, kind, until, reason } of policy.accept) {
    const change = changes.find((candidate) => candidate.at === at && candidate.kind === kind)
    if (change === undefined)
      notes.push(`The policy accepts ${at} ${kind}, which did not change. Remove the entry.`)
    else if (until < today)
      notes.push(`The policy accepted ${at} ${kind} until ${until}. That day has passed.`)
    else change.acceptedBecause = `${reason} (until ${until})`
  }
  const open = changes.filter(({ acceptedBecause }) => acceptedBecause === undefined)
  return { verdict: combineVerdicts(open), changes, notes }
}
