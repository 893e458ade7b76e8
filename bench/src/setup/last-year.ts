import { longestWindowDays } from '@altcontext/webhook-metrics'

/** The longest window that the routes accept, up to yesterday. */
export const lastYear = (): { from: string; to: string } => {
  const dayOf = (ageDays: number): string =>
    new Date(Date.now() - ageDays * 86_400_000).toISOString().slice(0, 10)
  return { from: dayOf(longestWindowDays), to: dayOf(1) }
}
