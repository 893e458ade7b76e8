import { hourMs } from '../../days.ts'
import { readArrivals } from '../../reads/read-arrivals.ts'
import type { AlertKind } from '../alert-kind.ts'

/** Nothing has arrived for this many hours. A bridge that has never received anything is not silent but new. */
export const silentKind: AlertKind = {
  name: 'silent',
  title: { en: 'Nothing arrives', fr: 'Rien n’arrive' },
  isWanted: ({ silentHours }) => silentHours !== false,
  find: async ({ tx, options: { silentHours }, ...context }) => {
    const { lastAt } = await readArrivals(tx, { ...context, now: () => context.nowMs })
    if (lastAt === null || silentHours === false) return []
    const hours = Math.floor((context.nowMs - Date.parse(lastAt)) / hourMs)
    return hours >= silentHours ? [{ subject: '', measured: hours, bound: silentHours }] : []
  },
  started: {
    en: ({ measured }) =>
      `No event has arrived for ${measured} hours. Check the sender first: whether its process runs, and what its health says about key and address.`,
    fr: ({ measured }) =>
      `Aucun événement n’est arrivé depuis ${measured} heures. Vérifiez d’abord l’expéditeur : son processus tourne-t-il, et que dit son état de la clé et de l’adresse?`,
  },
  ended: {
    en: () => 'Events arrive again.',
    fr: () => 'Les événements arrivent de nouveau.',
  },
}
