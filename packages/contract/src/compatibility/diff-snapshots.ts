import { compareBound, compareSchemas, type Effect, type SchemaDifference } from './compare-schemas.ts'
import type { ContractSnapshot, EventSnapshot } from './contract-snapshot.ts'

/**
 * In which order the two sides may be deployed. The producer sends events, the consumer receives them.
 *
 * | verdict | old and new can talk when |
 * |---|---|
 * | `either` | always |
 * | `producer first` | the producer is new before the consumer is |
 * | `consumer first` | the consumer is new before the producer is |
 * | `breaking` | both change at the same moment, which never happens |
 */
export type Verdict = 'either' | 'producer first' | 'consumer first' | 'breaking'

export interface ContractChange {
  /** `scan.completed/payload.mediaCount` */
  at: string
  /** A stable word for what changed: `maximum_lowered`. */
  kind: string
  verdict: Verdict
  /** Why, in one sentence. */
  reason: string
  before?: unknown
  after?: unknown
}

export interface ContractDiff {
  /** The verdict for everything together: also `breaking` when some changes need one order and some the other. */
  verdict: Verdict
  changes: ContractChange[]
}

/** Compares two snapshots. `docs/compatibility.md` explains each judgement. */
export const diffSnapshots = (before: ContractSnapshot, after: ContractSnapshot): ContractDiff => {
  const changes = [
    ...diffName(before.name, after.name),
    ...diffEvents(before.events, after.events),
    ...inRequests('envelope', compareSchemas(before.envelope, after.envelope, '')),
    ...diffResponses(before.responses, after.responses),
    ...diffWire(before.wire, after.wire),
  ]
  return { verdict: combineVerdicts(changes), changes }
}

/** Changes that need opposite orders cannot travel in one release. */
export const combineVerdicts = (changes: readonly { verdict: Verdict }[]): Verdict => {
  const verdicts = new Set(changes.map(({ verdict }) => verdict))
  if (verdicts.has('breaking')) return 'breaking'
  if (verdicts.has('producer first') && verdicts.has('consumer first')) return 'breaking'
  return verdicts.has('producer first')
    ? 'producer first'
    : verdicts.has('consumer first')
      ? 'consumer first'
      : 'either'
}

interface Judgement {
  verdict: Verdict
  reason: string
}

const nothingLost: Judgement = { verdict: 'either', reason: 'Old and new accept the same messages.' }

/** The producer writes a request, the consumer reads it. */
const requestJudgements: Record<Effect, Judgement> = {
  none: nothingLost,
  widened: { verdict: 'consumer first', reason: 'A new producer may send what an old consumer refuses.' },
  narrowed: { verdict: 'producer first', reason: 'An old producer may send what a new consumer refuses.' },
  changed: { verdict: 'breaking', reason: 'Each side may refuse what the other sends, whichever is new.' },
}

/** The consumer writes a response, the producer reads it: the other way round. */
const responseJudgements: Record<Effect, Judgement> = {
  none: nothingLost,
  widened: {
    verdict: 'producer first',
    reason: 'A new consumer may send a response that an old producer does not understand.',
  },
  narrowed: {
    verdict: 'consumer first',
    reason: 'An old consumer may send a response that a new producer does not understand.',
  },
  changed: {
    verdict: 'breaking',
    reason: 'The producer does not understand the response, whichever side is new.',
  },
}

const judged =
  (judgements: Record<Effect, Judgement>) =>
  (scope: string, differences: readonly SchemaDifference[]): ContractChange[] =>
    differences.map(({ at, kind, effect, ...values }) => ({
      at: at === '' ? scope : `${scope}/${at}`,
      kind,
      ...judgements[effect],
      ...values,
    }))

const inRequests = judged(requestJudgements)
const inResponses = judged(responseJudgements)

const diffName = (before: string, after: string): ContractChange[] =>
  before === after
    ? []
    : [
        {
          at: 'contract',
          kind: 'name_changed',
          verdict: 'either',
          reason: "A contract's name is not on the wire.",
          before,
          after,
        },
      ]

type Events = Record<string, EventSnapshot>

const diffEvents = (before: Events, after: Events): ContractChange[] =>
  Object.keys({ ...before, ...after }).flatMap((type) => {
    const [old, current] = [before[type], after[type]]
    if (old === undefined) return inRequests(type, [{ at: '', kind: 'event_added', effect: 'widened' }])
    if (current === undefined)
      return inRequests(type, [{ at: '', kind: 'event_removed', effect: 'narrowed' }])
    return [
      ...inRequests(type, compareSchemas(old.payload, current.payload, 'payload')),
      ...diffTimestamp(type, old, current),
      ...diffPrivateFields(type, old, current),
    ]
  })

const diffTimestamp = (type: string, before: EventSnapshot, after: EventSnapshot): ContractChange[] =>
  before.timestamp === after.timestamp
    ? []
    : [
        {
          at: type,
          kind: 'timestamp_moved',
          verdict: 'either',
          reason: "The payload's own timestamp repeats occurredAt; receivers read the envelope's.",
          before: before.timestamp,
          after: after.timestamp,
        },
      ]

// A mark is judged only for a field that both sides know: adding or removing a field has its own verdict.
const diffPrivateFields = (type: string, before: EventSnapshot, after: EventSnapshot): ContractChange[] => {
  const isInBoth = (field: string) =>
    field in (before.payload.properties ?? {}) && field in (after.payload.properties ?? {})
  const added = after.privateFields.filter((field) => !before.privateFields.includes(field))
  const removed = before.privateFields.filter((field) => !after.privateFields.includes(field))
  return [
    ...added.filter(isInBoth).map((field) => ({
      at: `${type}/payload.${field}`,
      kind: 'private_mark_added',
      verdict: 'either' as const,
      reason:
        'The same messages are accepted; less of them is stored. What is already stored stays: purge it.',
    })),
    ...removed.filter(isInBoth).map((field) => ({
      at: `${type}/payload.${field}`,
      kind: 'private_mark_removed',
      verdict: 'breaking' as const,
      reason: 'Values that were sent on the promise of never being stored would be stored. Use a new field.',
    })),
  ]
}

const diffResponses = (
  before: ContractSnapshot['responses'],
  after: ContractSnapshot['responses'],
): ContractChange[] =>
  Object.keys({ ...before, ...after }).flatMap((name) => {
    const [old, current] = [before[name], after[name]]
    if (old === undefined) return inResponses(name, [{ at: '', kind: 'response_added', effect: 'none' }])
    if (current === undefined)
      return inResponses(name, [{ at: '', kind: 'response_removed', effect: 'changed' }])
    return inResponses(name, compareSchemas(old, current, ''))
  })

type Wire = ContractSnapshot['wire']

// Cut on arrival, never refused.
const limitsOfStorage = ['maxTextLength']

const diffWire = (before: Wire, after: Wire): ContractChange[] => {
  return [
    ...Object.keys({ ...before.limits, ...after.limits }).flatMap((limit) =>
      compareBound(limit, 'upper', before.limits, after.limits, `limits.${limit}`).map((difference) =>
        limitsOfStorage.includes(limit) ? { ...difference, effect: 'none' as const } : difference,
      ),
    ),
    ...diffHeaders(before.headers, after.headers),
    ...fixed('signatureVersion', before.signatureVersion, after.signatureVersion),
    ...fixed('dedupeNamespace', before.dedupeNamespace, after.dedupeNamespace),
  ].flatMap((difference) => inRequests('wire', [difference]))
}

const diffHeaders = (before: Wire['headers'], after: Wire['headers']): SchemaDifference[] =>
  Object.keys({ ...before, ...after }).flatMap((name): SchemaDifference[] => {
    // Old consumers ignore a header that they do not know; new ones may want it.
    if (before[name] === undefined)
      return [{ at: `headers.${name}`, kind: 'header_added', effect: 'narrowed', after: after[name] }]
    if (after[name] === undefined)
      return [{ at: `headers.${name}`, kind: 'header_removed', effect: 'widened', before: before[name] }]
    return fixed(`headers.${name}`, before[name], after[name])
  })

const fixed = (at: string, before: string, after: string): SchemaDifference[] =>
  before === after ? [] : [{ at, kind: 'changed', effect: 'changed', before, after }]
