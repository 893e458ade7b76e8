import { readArrivals } from '../../reads/read-arrivals.ts'
import { type Requests, readRefusedOfNobody } from '../../reads/refused-of-nobody.ts'
import { isRefusing } from '../../reads/traffic-part.ts'
import type { AlertContext, AlertKind, Finding } from '../alert-kind.ts'

/** More than this share of the last 24 hours was refused: the bridge's health calls that `refusing`. */
export const refusingKind: AlertKind = {
  name: 'refusing',
  title: { en: 'Requests are refused', fr: 'Des requêtes sont refusées' },
  isWanted: ({ refusedShare }) => refusedShare !== false,
  find: async (context) => {
    const { last24Hours } = await readArrivals(context.tx, { ...context, now: () => context.nowMs })
    const { accepted, duplicates, refused } = last24Hours
    return judge(context, { refused, all: accepted + duplicates + refused })
  },
  findOfNobody: async (context) =>
    judge(context, await readRefusedOfNobody(context.tx, { ...context, now: () => context.nowMs })),
  started: {
    en: ({ measured, bound }) =>
      `${percent('en', measured)} of what arrived in the last 24 hours was refused, more than ${percent('en', bound)}. The list of refusals says why, and what to do.`,
    fr: ({ measured, bound }) =>
      `${percent('fr', measured)} de ce qui est arrivé ces dernières 24 heures a été refusé, plus de ${percent('fr', bound)}. La liste des refus dit pourquoi, et que faire.`,
  },
  ended: {
    en: ({ bound }) => `Refusals are down to ${percent('en', bound)} or less.`,
    fr: ({ bound }) => `Les refus ne dépassent plus ${percent('fr', bound)}.`,
  },
}

const judge = ({ options: { refusedShare } }: AlertContext, requests: Requests): Finding[] =>
  refusedShare !== false && isRefusing(requests, refusedShare)
    ? [{ subject: '', measured: requests.refused / requests.all, bound: refusedShare }]
    : []

const percent = (language: 'en' | 'fr', share: number): string =>
  new Intl.NumberFormat(language, { style: 'percent', maximumSignificantDigits: 2 }).format(share)
