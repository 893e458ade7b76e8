import { createTables, type Database, ownerOf } from '@altcontext/webhook-store'
import { MetricsError } from '../metrics-error.ts'
import { type JobOptions, withRollupLock } from '../rollups/rollup-lock.ts'
import { databasesOf } from '../touches/copy-visits.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import type { AlertKind } from './alert-kind.ts'
import { alertKinds } from './alert-kinds.ts'
import {
  claimUnsent,
  forgetFindings,
  giveBack,
  noteFindings,
  noteSent,
  type UnsentMessage,
} from './alert-log.ts'
import type { AlertOptionsResolved } from './alert-options.ts'
import type { AlertMessage, SendAlert } from './send-alert.ts'
import { sendByCommand } from './send-by-command.ts'
import { sendByWebhook } from './send-by-webhook.ts'

export interface CreateAlertsOptions extends JobOptions {
  alerts: AlertOptionsResolved
  marketingPropertyId: string | undefined
  descriptionServicePropertyId: string | undefined
  channelNames: ChannelNames | undefined
  hasCustomers: boolean
  onError(error: unknown): void
}

/** Finds what has begun and what is over, and tells people about each once. */
export interface Alerts {
  /** Checks, and begins to send. Never rejects. */
  check(): Promise<void>
  /** Aborts the message that is being sent, and waits for that: it stays unsent, and the next process sends it. */
  close(): Promise<void>
}

/**
 * What is wrong is recorded in one transaction, under the lock of the rollup, so that of several processes one checks at a
 * time; each message is claimed by one of them. Both survive a restart.
 */
export const createAlerts = (database: Database, options: CreateAlertsOptions): Alerts => {
  const { alerts, schema, now = Date.now, hasCustomers, onError } = options
  const tables = createTables(schema)
  let way: SendAlert | undefined
  let sending: Promise<void> | undefined
  let isClosed = false

  const lookedAtMs = new Map<string, number>()
  const isDue =
    (ownerId: string, nowMs: number) =>
    ({ name, everyMs = 0 }: AlertKind): boolean => {
      const key = `${name} ${ownerId}`
      if (nowMs - (lookedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < everyMs) return false
      lookedAtMs.set(key, nowMs)
      return true
    }

  const look = (one: Database, find: (kind: AlertKind) => AlertKind['find'] | undefined) =>
    withRollupLock(one, { schema, wait: false }, async (tx) => {
      const nowMs = now()
      for (const kind of alertKinds.filter(isDue(ownerOf(one), nowMs))) {
        if (!kind.isWanted(alerts)) {
          await forgetFindings(tx, tables, { kind: kind.name, nowMs })
          continue
        }
        const findings = await find(kind)?.({ ...options, tx, options: alerts, schema, nowMs })
        if (findings !== undefined) await noteFindings(tx, tables, { kind: kind.name, findings, nowMs })
      }
    })

  const lookAtAll = async (): Promise<void> => {
    for (const one of await databasesOf(database, { hasCustomers, schema })) {
      await look(one, ({ find }) => find).catch(onError)
    }
    if (hasCustomers) await look(database, ({ findOfNobody }) => findOfNobody)
  }

  const sendAll = async (): Promise<void> => {
    while (!isClosed) {
      const messages = await claimUnsent(database, tables, now())
      if (messages.length === 0) return
      way ??= alerts.webhook
        ? await sendByWebhook(alerts.webhook, now)
        : sendByCommand(alerts.emailCommand ?? [], alerts.language)
      for (const message of messages) {
        const problem = isClosed ? 'closed' : await way.send(toMessage(message, alerts.language))
        if (problem === undefined) {
          await noteSent(database, tables, { message, nowMs: now() })
          continue
        }
        if (isClosed) return giveBack(database, tables, message)
        // The other messages have their turn at the next check, and this one after them.
        return onError(notSent(problem))
      }
    }
  }

  const closeWay = async (): Promise<void> => {
    await way?.close()
    way = undefined
  }

  return {
    check: async () => {
      await lookAtAll().catch(onError)
      // An unavailable receiver is tried for half a minute, and the rollups do not wait for it.
      sending ??= sendAll()
        .catch(onError)
        .finally(closeWay)
        .finally(() => {
          sending = undefined
        })
    },
    close: async () => {
      isClosed = true
      await way?.close()
      await sending
    },
  }
}

const notSent = (problem: string): MetricsError =>
  new MetricsError(
    'alert_not_sent',
    `Failed to send an alert: ${problem}. It is sent again in two minutes; check the address or the command that alerts go to.`,
  )

const toMessage = (message: UnsentMessage, language: 'en' | 'fr'): AlertMessage => {
  const { alertId, moment, ownerId, kind, subject, measured, bound, startedAt } = message
  const words = alertKinds.find(({ name }) => name === kind)
  const sentences = moment === 'start' ? words?.started : words?.ended
  return {
    message,
    title: words?.title[language] ?? kind,
    tenantId: ownerId || 'bridge',
    payload: {
      alertId,
      kind,
      subject,
      customer: ownerId || null,
      // An occurrence of a kind that only a later version knows.
      sentence: sentences?.[language]({ subject, measured, bound, startedAt }) ?? kind,
      measured,
      bound,
      startedAt: startedAt.toISOString(),
    },
  }
}
