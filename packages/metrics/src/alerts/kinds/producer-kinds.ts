import { completenessLimits } from '@altcontext/webhook-contract'
import { hourMs } from '../../days.ts'
import { readProducers } from '../../reads/producers-part.ts'
import type { ProducerState } from '../../responses/bridge-response.ts'
import type { AlertContext, AlertKind, Finding } from '../alert-kind.ts'

const minuteMs = 60_000

/** Whatever was wrong with an outbox is also over when the outbox is retired. */
const orRetired = {
  en: ' Or it is retired: nothing has been heard from it for seven days.',
  fr: ' Ou elle est retirée : elle n’a pas donné signe de vie depuis sept jours.',
}

/** A durable outbox sends no heartbeats any more. One that has never sent any is not looked for. */
export const producerSilentKind: AlertKind = {
  name: 'producer_silent',
  title: { en: 'An outbox is silent', fr: 'Une boîte d’envoi est muette' },
  isWanted: ({ producers }) => producers,
  find: (context) =>
    findOf(context, ({ heartbeat, isSilent }) =>
      heartbeat !== null && isSilent === true
        ? {
            measured: Math.floor((context.nowMs - Date.parse(heartbeat.receivedAt)) / minuteMs),
            bound: Math.ceil((heartbeat.intervalMs * completenessLimits.silentAfterIntervals) / minuteMs),
          }
        : undefined,
    ),
  started: {
    en: ({ subject, measured, bound }) =>
      `The outbox ${subject} has sent no heartbeat for ${measured} min, and is silent after ${bound} min. Events may be waiting there: check whether its process runs, and what its health says about key and address.`,
    fr: ({ subject, measured, bound }) =>
      `La boîte d’envoi ${subject} n’a pas donné signe de vie depuis ${measured} min, et est considérée comme muette au bout de ${bound} min. Des événements y attendent peut-être : son processus tourne-t-il, et que dit son état de la clé et de l’adresse?`,
  },
  ended: {
    en: ({ subject }) => `The outbox ${subject} sends heartbeats again.${orRetired.en}`,
    fr: ({ subject }) => `La boîte d’envoi ${subject} donne de nouveau signe de vie.${orRetired.fr}`,
  },
}

/** The clock of a durable outbox and ours differ: its times cannot be trusted. */
export const producerClockKind: AlertKind = {
  name: 'producer_clock',
  title: { en: 'A clock is wrong', fr: 'Une horloge est déréglée' },
  isWanted: ({ producers }) => producers,
  find: (context) =>
    findOf(context, ({ heartbeat, isClockWrong }) =>
      heartbeat !== null && isClockWrong === true
        ? {
            measured: Math.round(
              Math.abs(Date.parse(heartbeat.receivedAt) - Date.parse(heartbeat.sentAt)) / minuteMs,
            ),
            bound: completenessLimits.graceMs / minuteMs,
          }
        : undefined,
    ),
  started: {
    en: ({ subject, measured }) =>
      `The clock of the outbox ${subject} and that of the receiver are ${measured} min apart. Set the clocks of both machines over the network: the days of events depend on them.`,
    fr: ({ subject, measured }) =>
      `L’horloge de la boîte d’envoi ${subject} et celle du récepteur diffèrent de ${measured} min. Mettez les deux machines à l’heure par le réseau : les jours des événements en dépendent.`,
  },
  ended: {
    en: ({ subject }) => `The clock of the outbox ${subject} is right again.${orRetired.en}`,
    fr: ({ subject }) => `L’horloge de la boîte d’envoi ${subject} est de nouveau à l’heure.${orRetired.fr}`,
  },
}

/** The last proof of a durable outbox names events that are missing, and that it cannot send again. */
export const incompleteKind: AlertKind = {
  name: 'incomplete',
  title: { en: 'Events are missing', fr: 'Des événements manquent' },
  isWanted: ({ proofHours }) => proofHours !== false,
  find: (context) =>
    findOf(context, ({ proof }) => {
      const missing = Math.max(
        proof?.unrepaired ?? 0,
        (proof?.gaps ?? []).reduce((sum, { events }) => sum + events, 0),
      )
      return missing > 0 ? { measured: missing, bound: 0 } : undefined
    }),
  started: {
    en: ({ subject, measured }) =>
      `${measured} ${measured === 1 ? 'event' : 'events'} of the outbox ${subject} never arrived, and it cannot send them again. Run “webhook-relay reconcile” there: it names them, and onMissing supplies those that the product still knows.`,
    fr: ({ subject, measured }) =>
      `${measured} ${measured === 1 ? 'événement' : 'événements'} de la boîte d’envoi ${subject} ne sont jamais arrivés, et elle ne peut plus les renvoyer. Lancez-y « webhook-relay reconcile » : il les nomme, et onMissing fournit ceux que le produit connaît encore.`,
  },
  ended: {
    en: ({ subject }) => `No event of the outbox ${subject} is missing any longer.${orRetired.en}`,
    fr: ({ subject }) => `Il ne manque plus aucun événement de la boîte d’envoi ${subject}.${orRetired.fr}`,
  },
}

/** A durable outbox sends heartbeats, but has not proven for this many hours that everything has arrived. */
export const proofOverdueKind: AlertKind = {
  name: 'proof_overdue',
  title: { en: 'A proof of completeness is overdue', fr: 'Une preuve de complétude est en retard' },
  isWanted: ({ proofHours }) => proofHours !== false,
  find: (context) =>
    findOf(context, ({ heartbeat, proof, firstSeenAt }) => {
      const { proofHours } = context.options
      if (heartbeat === null || proofHours === false) return undefined
      const hours = Math.floor((context.nowMs - Date.parse(proof?.at ?? firstSeenAt)) / hourMs)
      return hours >= proofHours ? { measured: hours, bound: proofHours } : undefined
    }),
  started: {
    en: ({ subject, measured }) =>
      `The outbox ${subject} has not proven for ${measured} h that all its events have arrived. Run “webhook-relay reconcile” there: it says what prevents it.`,
    fr: ({ subject, measured }) =>
      `La boîte d’envoi ${subject} n’a pas prouvé depuis ${measured} h que tous ses événements sont arrivés. Lancez-y « webhook-relay reconcile » : il dit ce qui l’en empêche.`,
  },
  ended: {
    en: ({ subject }) => `The outbox ${subject} has proven what has arrived.${orRetired.en}`,
    fr: ({ subject }) => `La boîte d’envoi ${subject} a prouvé ce qui est arrivé.${orRetired.fr}`,
  },
}

const findOf = async (
  { tx, schema, nowMs }: AlertContext,
  judge: (producer: ProducerState) => Omit<Finding, 'subject'> | undefined,
): Promise<Finding[]> => {
  const producers = await readProducers(tx, { schema, now: () => nowMs })
  return producers.flatMap((producer) => {
    const finding = producer.isRetired ? undefined : judge(producer)
    return finding === undefined ? [] : [{ subject: producer.producerId, ...finding }]
  })
}
