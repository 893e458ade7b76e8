import { isIn, type Window } from './facts.ts'
import { dayOf, isBefore, isoOf, plausibleSinceMs, type Received, type World } from './world.ts'

export const rawOf = (world: World, owner: number): Received[] =>
  world.received.filter((event) => event.owner === owner && event.isRaw)

const storedPayloads: Record<string, (event: Received) => Record<string, unknown>> = {
  'tenant.created': () => ({}),
  'apikey.created': () => ({ keyPrefix: 'ac_test' }),
  'scan.completed': ({ amounts: { mediaCount, identitiesDetected, durationMs } }) => ({
    jobId: 'job',
    mediaCount,
    identitiesDetected,
    durationMs,
  }),
  'scan.failed': ({ amounts: { mediaCount } }) => ({ jobId: 'job', mediaCount }),
  'cluster.created': () => ({ clusterId: 'cluster', identityCount: 5, algorithm: 'centroid' }),
  'suggestion.generated': ({ amounts: { count } }) => ({ count }),
  'suggestion.resolved': () => ({ suggestionId: 'suggestion', resolution: 'accepted' }),
}

const uuidOf = (id: number): string => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`

/** All raw events, the newest received first. */
export const expectedEvents = (
  world: World,
  owner: number,
  { tenant, type, window }: { tenant?: string; type?: string; window?: Window } = {},
) =>
  rawOf(world, owner)
    .filter(
      (event) =>
        (tenant === undefined || event.tenant === tenant) &&
        (type === undefined || event.type === type) &&
        (window === undefined || isIn(dayOf(event.atMs), window)),
    )
    .sort((left, right) => right.receivedAtMs - left.receivedAtMs || right.id - left.id)
    .map((event) => ({
      id: uuidOf(event.id),
      eventType: event.type,
      tenantId: event.tenant,
      occurredAt: isoOf(event.atMs),
      receivedAt: isoOf(event.receivedAtMs),
      lagMs: event.receivedAtMs - event.atMs,
      isImplausible: event.atMs < plausibleSinceMs(world, owner),
      payload: storedPayloads[event.type]?.(event),
    }))

const words: Record<string, string | null> = {
  invalid_signature: 'The signature is missing or wrong, or its timestamp is more than five minutes off.',
  of_the_host: null,
}

export const expectedRefusals = (world: World, owner: number) =>
  world.refusals
    .filter((refusal) => refusal.owner === owner && refusal.isKept)
    .sort((left, right) => right.atMs - left.atMs || isBefore(right.id, left.id))
    .map(({ id, reason, atMs }) => ({
      id,
      refusedAt: isoOf(atMs),
      endpoint: '/v1/webhooks',
      status: 401,
      reason,
      ...(reason in words && { words: words[reason] }),
    }))

/** How many arrived again, by the moment and the type. */
export const expectedDuplicates = (world: World, owner: number, window: Window) =>
  addUpDuplicates(
    world.duplicates
      .filter((one) => one.owner === owner && isIn(dayOf(one.atMs), window))
      .map(({ type, atMs }) => ({ eventType: type, receivedAt: isoOf(atMs), duplicates: 1 })),
  )

/** What arrived at one moment may have been committed in several groups. */
export const addUpDuplicates = (
  rows: readonly { eventType: string; receivedAt: string; duplicates: number }[],
): Record<string, number> => {
  const sums: Record<string, number> = {}
  for (const { eventType, receivedAt, duplicates } of rows) {
    const name = `${receivedAt} ${eventType}`
    sums[name] = (sums[name] ?? 0) + duplicates
  }
  return sums
}

export const expectedRestatements = (world: World, owner: number, window: Window) =>
  world.restatements
    .filter((one) => one.owner === owner && isIn(one.day, window))
    .map(({ day, cause, before, after, atMs }) => ({ day, cause, restatedAt: isoOf(atMs), before, after }))
    .sort(inOrder)

export type Restatement = { day: string; restatedAt: string; before: { scansCompleted: number } }

/** The latest first; of one day and moment in any order, so that it is compared in one. */
export const inOrder = (left: Restatement, right: Restatement): number =>
  isBefore(right.restatedAt, left.restatedAt) ||
  isBefore(right.day, left.day) ||
  isBefore(JSON.stringify(left.before), JSON.stringify(right.before))
