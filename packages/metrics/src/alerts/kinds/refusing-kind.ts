import { readArrivals } from '../../reading/read-arrivals.ts'
import type { AlertKind } from '../alert-kind.ts'

/** Of the last 24 hours, more than this share was refused: what the bridge's health calls `refusing`. */
export const refusingKind: AlertKind = {
  name: 'refusing',
  find: async ({ tx, options: { refusedShare }, ...context }) => {
    if (refusedShare === false) return []
    const { last24Hours } = await readArrivals(tx, { ...context, now: () => context.nowMs })
    const { accepted, duplicates, refused } = last24Hours
    const all = accepted + duplicates + refused
    return refused > refusedShare * all ? [{ subject: '', measured: refused / all, bound: refusedShare }] : []
  },
  started: {
    en: ({ measured, bound }) =>
      `${percent('en', measured)} of what came in the last 24 hours was refused, more than ${percent('en', bound)}. The list of refusals says why, and what to do.`,
    fr: ({ measured, bound }) =>
      `${percent('fr', measured)} de ce qui est arrivé ces dernières 24 heures a été refusé, plus de ${percent('fr', bound)}. La liste des refus dit pourquoi, et que faire.`,
  },
  ended: {
    en: ({ bound }) => `No more than ${percent('en', bound)} is refused any longer.`,
    fr: ({ bound }) => `Il n’est plus refusé que ${percent('fr', bound)} au plus.`,
  },
}

const percent = (language: 'en' | 'fr', share: number): string =>
  new Intl.NumberFormat(language, { style: 'percent', maximumSignificantDigits: 2 }).format(share)
