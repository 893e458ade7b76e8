import { createTables, type Database, ownerOf } from '@altcontext/webhook-store'
import { MetricsError } from '../metrics-error.ts'
import { type JobOptions, withRollupLock } from '../rollups/rollup-lock.ts'
import { databasesOf } from '../touches/copy-visits.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import type { AlertKind } from './alert-kind.ts'
import { alertKinds } from './alert-kinds.ts'
import { claimUnsent, noteFindings, noteSent, type UnsentMessage } from './alert-log.ts'
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

/** Finds what has begun and what is over, and tells people of each once. */
export interface Alerts {
  /** Looks, and begins to send. Never rejects. */
  check(): Promise<void>
  /** Ends what is being sent: it stays unsent, and the next process sends it. */
  close(): Promise<void>
}

/**
 * What is wrong is written down in one transaction, under the lock of the rollup, so that of several processes one looks at a
 * time; what is to be sent is claimed by one of them. Both survive a restart.
 */
export const createAlerts = (database: Database, options: CreateAlertsOptions): Alerts => {
  const { alerts, schema, now = Date.now, hasCustomers, onError } = options
  const tables = createTables(schema)
  let way: SendAlert | undefined
  let sending: Promise<void> = Promise.resolve()
  let isSending = false

  const lookedAtMs = new Map<string, number>()
  const isDue =
    (ownerId: string, nowMs: number) =>
    ({ name, everyMs = 0 }: AlertKind): boolean => {
      const key = `${name} ${ownerId}`
      if (nowMs - (lookedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < everyMs) return false
      lookedAtMs.set(key, nowMs)
      return true
    }

  const look = (one: Database) =>
    withRollupLock(one, { schema, wait: false }, async (tx) => {
      const nowMs = now()
      for (const kind of alertKinds.filter(isDue(ownerOf(one), nowMs))) {
        const findings = await kind.find({ ...options, tx, options: alerts, schema, nowMs })
        if (findings !== undefined) await noteFindings(tx, tables, { kind: kind.name, findings, nowMs })
      }
    })

  const send = async (): Promise<void> => {
    for (;;) {
      const messages = await claimUnsent(database, tables, now())
      if (messages.length === 0) return
      way = alerts.webhook
        ? await sendByWebhook(alerts.webhook, now)
        : sendByCommand(alerts.emailCommand ?? [])
      try {
        for (const message of messages) {
          const problem = await way.send(toMessage(message, alerts.language))
          // Whatever is claimed beside it would fare no better now.
          if (problem !== undefined) return onError(notSent(problem))
          await noteSent(database, tables, { message, nowMs: now() })
        }
      } finally {
        await way.close()
      }
    }
  }

  return {
    check: async () => {
      try {
        for (const one of await databasesOf(database, { hasCustomers, schema })) {
          await look(one).catch(onError)
        }
      } catch (error) {
        onError(error)
      }
      // A receiver that is away is tried for half a minute, and the rollups do not wait for it.
      if (isSending) return
      isSending = true
      sending = send()
        .catch(onError)
        .finally(() => {
          isSending = false
        })
    },
    close: async () => {
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
  const words: AlertKind | undefined = alertKinds.find(({ name }) => name === kind)
  const sentences = moment === 'start' ? words?.started : words?.ended
  return {
    message,
    tenantId: ownerId || 'bridge',
    payload: {
      alertId,
      kind,
      subject,
      customer: ownerId || null,
      // Of a kind that a later version of ours has found.
      sentence: sentences?.[language]({ subject, measured, bound, startedAt }) ?? kind,
      measured,
      bound,
      startedAt: startedAt.toISOString(),
    },
  }
}
