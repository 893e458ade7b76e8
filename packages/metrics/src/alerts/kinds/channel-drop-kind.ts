import { redactText } from '@altcontext/webhook-contract'
import { addDays, type Day, dayMs, dayOf } from '../../days.ts'
import { readChannels } from '../../reads/read-channels.ts'
import { lowestExpected } from '../../statistics/lowest-expected.ts'
import type { AlertContext, AlertKind, Finding } from '../alert-kind.ts'

/** A day is judged by the same weekday of this many weeks before it, of which at least half must have counted anything. */
const weeks = 8
const fewestWeeks = 4
/** Visits of a day may be reported a little after its end. */
const patienceMs = 3_600_000

const counted = { visitors: 'visitors', tenantsCreated: 'tenants' } as const
type Counted = keyof typeof counted

/**
 * A channel brought fewer visitors, or fewer tenants, on the last whole day than chance explains, judged by the same weekday
 * of the weeks before: a quiet Sunday after a Saturday is not a drop.
 */
export const channelDropKind: AlertKind = {
  name: 'channel_drop',
  title: { en: 'A channel brings fewer people', fr: 'Un canal amène moins de monde' },
  isWanted: ({ channelDrops }) => channelDrops,
  everyMs: 3_600_000,
  find: async (context) => {
    const day = dayOf(context.nowMs - dayMs - patienceMs)
    // Ordered from the first of these weeks to the day itself.
    const days = Array.from({ length: weeks + 1 }, (_, index) => addDays(day, 7 * (index - weeks)))
    const byDay: Map<string, Record<Counted, number>>[] = []
    for (const each of days) byDay.push(await channelsOf(context, each))
    const channels = new Set(byDay.flatMap((counts) => [...counts.keys()]))
    return [...channels].flatMap((channel) =>
      (Object.keys(counted) as Counted[]).flatMap((what) =>
        judge(
          // Its name is the host's own text.
          `${redactText(channel).slice(0, 200)} ${counted[what]}`,
          byDay.map((counts) => counts.get(channel)?.[what] ?? 0),
        ),
      ),
    )
  },
  started: {
    en: ({ subject, measured, bound }) =>
      `${named(subject, 'en')} on the last whole day: ${measured}. On that weekday ${bound} or more were expected.`,
    fr: ({ subject, measured, bound }) =>
      `${named(subject, 'fr')} du dernier jour complet : ${measured}. Pour ce jour de la semaine, on en attendait au moins ${bound}.`,
  },
  ended: {
    en: ({ subject }) => `${named(subject, 'en')} on the last whole day: as many as usual on that weekday.`,
    fr: ({ subject }) =>
      `${named(subject, 'fr')} du dernier jour complet : autant que d’ordinaire ce jour de la semaine.`,
  },
}

const channelsOf = async (
  { tx, schema, nowMs, marketingPropertyId = '', channelNames }: AlertContext,
  day: Day,
): Promise<Map<string, Record<Counted, number>>> => {
  const window = { from: day, to: day }
  const { channels } = await readChannels(tx, {
    window,
    schema,
    marketingPropertyId,
    channelNames,
    now: () => nowMs,
  })
  return new Map(channels.filter(({ kind }) => kind === 'channel').map((row) => [row.channel, row]))
}

const judge = (subject: string, counts: readonly number[]): Finding[] => {
  const measured = counts.at(-1) ?? 0
  const before = counts.slice(0, -1)
  // A channel that is younger than these weeks is judged by its own weeks.
  const known = before.slice(before.findIndex((count) => count > 0))
  if (before.every((count) => count === 0) || known.length < fewestWeeks) return []
  const bound = lowestExpected(known)
  return measured < bound ? [{ subject, measured, bound }] : []
}

const whats: Record<'en' | 'fr', Record<string, string>> = {
  en: { visitors: 'Visitors', tenants: 'New tenants' },
  fr: { visitors: 'Visiteurs', tenants: 'Nouveaux clients' },
}

/** `New tenants of "newsletter"`. */
const named = (subject: string, language: 'en' | 'fr'): string => {
  const cut = subject.lastIndexOf(' ')
  const [channel, what] = [subject.slice(0, cut), subject.slice(cut + 1)]
  return language === 'en' ? `${whats.en[what]} of "${channel}"` : `${whats.fr[what]} de « ${channel} »`
}
