import { defineContract, instantSchema } from '@altcontext/webhook-contract'
import { z } from 'zod'

const about = {
  /** The same in both messages of an occurrence. */
  alertId: z.uuid(),
  /** `silent`, `producer_silent`, `producer_clock`, `refusing`, `incomplete`, `proof_overdue` or `channel_drop`; later versions may know more. */
  kind: z.string().max(32),
  /** What it is about, such as a channel; empty where the kind has only one subject. */
  subject: z.string().max(255),
  /** The host's customer that it is about; null where the host has none. */
  customer: z.string().max(36).nullable(),
  /** For people: what it is, and what to do. */
  sentence: z.string().max(1000),
  /** The number that was out of its bound when it began: hours, a share, or a count. */
  measured: z.number(),
  bound: z.number(),
  startedAt: instantSchema,
}

const sample = {
  alertId: '0199aa50-0000-4000-8000-000000000001',
  kind: 'silent',
  subject: '',
  customer: null,
  sentence: 'No event has arrived for 24 hours.',
  measured: 24,
  bound: 24,
  startedAt: '2026-02-13T12:00:00.000Z',
}

/**
 * The messages of alerts, in the envelope of all our webhooks. Their `tenantId` is that of the host's customer, or `bridge`.
 * A receiver in TypeScript reads them with `parseEvent(alertsContract, body)`.
 */
export const alertsContract = defineContract({
  name: 'webhook-alerts',
  events: {
    'alert.started': {
      description: 'Something is wrong with the bridge or its numbers.',
      payload: z.object(about),
      timestamp: 'startedAt',
      sample,
    },
    'alert.ended': {
      description: 'It is over.',
      payload: z.object({ ...about, endedAt: instantSchema }),
      timestamp: 'endedAt',
      sample: { ...sample, sentence: 'Events arrive again.', endedAt: '2026-02-13T14:00:00.000Z' },
    },
  },
})
