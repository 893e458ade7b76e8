import type { AttemptReport, EmitterStats } from '@altcontext/webhook-emitter'
import { Counter, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client'

/** The loss ledger and the attempts, in the OpenMetrics text format. */
export interface RelayMetrics {
  noteAttempt(report: AttemptReport): void
  noteIntake(events: number): void
  render(): Promise<{ contentType: string; text: string }>
}

export const createRelayMetrics = (stats: () => EmitterStats): RelayMetrics => {
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  const registers = [registry]

  new Gauge({
    name: 'webhook_relay_ledger_events',
    help: 'The loss ledger: accepted = delivered + duplicate + pending + dead + dropped, at every moment.',
    labelNames: ['state', 'reason'],
    registers,
    collect() {
      this.reset()
      // The relay emits no events of its own, so none is rejected.
      const { dropped, rejected: _, ...states } = stats()
      for (const [state, events] of Object.entries(states)) this.set({ state, reason: '' }, events)
      for (const [reason, events] of Object.entries(dropped)) this.set({ state: 'dropped', reason }, events)
    },
  })
  new Gauge({
    name: 'webhook_relay_resident_memory_bytes',
    help: 'Memory of the process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  const intake = new Counter({
    name: 'webhook_relay_intake_events',
    help: 'Events taken over HTTP.',
    registers,
  })
  const attempts = new Counter({
    name: 'webhook_relay_attempted_events',
    help: 'Events in attempts, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'webhook_relay_attempt_duration_seconds',
    help: 'How long attempts took, counted once for each event.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  })

  return {
    noteIntake: (events) => intake.inc(events),
    noteAttempt({ outcome, durationMs }) {
      attempts.inc({ outcome })
      durations.observe(durationMs / 1000)
    },
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
