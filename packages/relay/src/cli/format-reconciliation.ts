import type { MissingEvent, ReconcileReport } from '@altcontext/webhook-emitter'

/** A reconciliation for people: first the result, then the events it names. */
export const formatReconciliation = (report: ReconcileReport): string => {
  const { lost, raced, unrepaired, unexplained, gaps, isDryRun, compared, through, producer, traffic } =
    report
  const { requests, bytesSent, bytesReceived } = traffic
  return [
    `${compared} events delivered before ${through} were compared (outbox ${producer}).`,
    lost.length + unrepaired.length === 0 && gaps.length === 0
      ? 'The receiver has all of them.'
      : `The receiver had lost ${lost.length + unrepaired.length} of them.`,
    ...named(
      isDryRun ? 'would be sent again' : 'lost, and stored when they were sent again',
      lost.map(describe),
    ),
    ...named('lost, and no longer in the outbox', unrepaired.map(describe)),
    ...named(
      'hours with events known to be missing',
      gaps.map(({ from, to, events }) => `${from} to ${to}: ${events}`),
    ),
    ...named('stored under another outbox, or stored meanwhile', raced),
    ...named('only the receiver has', unexplained),
    `${requests} requests, ${bytesSent} bytes sent, ${bytesReceived} bytes received, ${(report.durationMs / 1000).toFixed(1)} s.`,
  ].join('\n')
}

const maxLines = 50

const named = (what: string, lines: readonly string[]): string[] => {
  if (lines.length === 0) return []
  const more = lines.length > maxLines ? [`  … and ${lines.length - maxLines} more; --json names all`] : []
  return [`${lines.length} ${what}:`, ...lines.slice(0, maxLines).map((line) => `  ${line}`), ...more]
}

const describe = ({ eventId, madeAfter }: MissingEvent): string =>
  madeAfter === undefined ? eventId : `${eventId}  made in the hour of ${madeAfter}`
