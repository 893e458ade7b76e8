import { firstIdOf, idBucketOf, idHours } from '@altcontext/webhook-contract'

/** The hour of an id's bucket, or undefined when the id holds no time. */
export const idBucketSpan = (id: string): { from: string; to: string } | undefined => {
  const { from, to } = idBucketOf(id)
  if (to === null) return undefined
  const [fromMs, toMs] = [from, to].map((bound) =>
    Number.parseInt(bound.slice(0, 8) + bound.slice(9, 13), 16),
  ) as [number, number]
  if (toMs - fromMs !== idHours.lengthMs || firstIdOf(fromMs) !== from) return undefined
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }
}
