import { readProducers } from '../../reading/producers-part.ts'
import type { AlertKind } from '../alert-kind.ts'

const minuteMs = 60_000

/** A durable outbox sends no heartbeats any more, or its clock is wrong. One that has never sent any is not looked for. */
export const producerSilentKind: AlertKind = {
  name: 'producer_silent',
  find: async ({ tx, schema, nowMs }) => {
    const producers = await readProducers(tx, { schema, now: () => nowMs })
    return producers.flatMap(({ producerId, heartbeat, isSilent, isClockWrong }) => {
      if (heartbeat === null || !(isSilent || isClockWrong)) return []
      const measured = Math.floor((nowMs - Date.parse(heartbeat.sentAt)) / minuteMs)
      const bound = Math.ceil((2 * heartbeat.intervalMs) / minuteMs)
      return [{ subject: producerId, measured, bound }]
    })
  },
  started: {
    en: ({ subject, measured }) =>
      `The outbox ${subject} was last heard of ${measured} minutes ago by its own clock. That nothing comes from it says nothing: look whether its process runs, and what its health says of key, address and clock.`,
    fr: ({ subject, measured }) =>
      `La file d’envoi ${subject} a donné signe pour la dernière fois il y a ${measured} minutes, selon sa propre horloge. Que rien n’en vienne ne dit rien : son processus tourne-t-il, et que dit son état de la clé, de l’adresse et de l’horloge ?`,
  },
  ended: {
    en: ({ subject }) => `The outbox ${subject} is heard of again.`,
    fr: ({ subject }) => `La file d’envoi ${subject} donne de nouveau signe.`,
  },
}
