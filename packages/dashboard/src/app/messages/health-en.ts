import { pluralEn as plural } from './plural.ts'

interface Found {
  refused: string
  all: string
  age: string
  /** The events that are known to be missing, in words. */
  missing: string
  missingCount: number
  silentProducers: number
  wrongClocks: number
}

/** What the page says about the bridge's health. */
export const healthEn = {
  title: (state: string) => `Health of the bridge: ${state}`,
  also: (state: string) => `Also: ${state}`,
  states: {
    healthy: {
      title: 'Healthy',
      text: 'Events arrive and are counted, hardly any is refused, and the numbers were checked against the events.',
    },
    unknown: { title: 'Unknown' },
    refusing: {
      title: 'Refusing',
      cause: ({ refused, all }: Found) => `${refused} of ${all} requests of the last 24 hours were refused.`,
      mend: 'Open the refused requests: each says why, and what to do. A sender tries again by itself; what breaks the contract stays refused until the sender is corrected.',
    },
    silent: {
      title: 'Silent',
      cause: (_found: Found) => 'Nothing has arrived in the last 24 hours.',
      mend: 'If somebody uses the product, check its sender: is it running, does it know this address and the right key, does anything wait in its outbox?',
    },
    behind: {
      title: 'Behind',
      cause: ({ age }: Found) =>
        age === ''
          ? 'There are events, but nothing has counted them yet.'
          : `Events have waited for ${age} to be counted.`,
      mend: 'Check whether the job that counts is running: it is on in the server by default; otherwise “webhook-metrics rollup” has to be started every minute. The server’s log says why it fails.',
    },
    producer_silent: {
      title: 'Producer silent',
      cause: ({ silentProducers, wrongClocks }: Found) =>
        [
          silentProducers !== 0 &&
            `${silentProducers} ${plural(silentProducers, 'outbox of the product has', 'outboxes of the product have')} stopped sending heartbeats. Until ${plural(silentProducers, 'it sends', 'they send')} them again, nobody can tell whether events are missing or there are none.`,
          wrongClocks !== 0 &&
            `The ${plural(wrongClocks, 'clock of an outbox', 'clocks of several outboxes')} and the clock of this server are too far apart.`,
        ]
          .filter(Boolean)
          .join(' '),
      mend: 'The table of producers says which one it is. On the product’s side, check whether the process that delivers (“webhook-relay serve”) is running, whether it has the right address and key, and whether its clock is right.',
    },
    incomplete: {
      title: 'Incomplete',
      cause: ({ missingCount, missing }: Found) =>
        `${missing} of the product ${plural(missingCount, 'is', 'are')} missing here, and could not be sent again: the outbox does not have ${plural(missingCount, 'it', 'them')} any more. The numbers are too low by that much.`,
      mend: 'The table of producers says from when to when. Run “webhook-relay reconcile” on the product’s side: it names what is missing. Its option onMissing can send again what the product itself still knows.',
    },
    numbers_differ: {
      title: 'Numbers differ',
      cause: (_found: Found) => 'The last check found numbers that do not match the events.',
      mend: 'Run “webhook-metrics backfill”: it counts again from the events and lists below what it corrected.',
    },
    never_verified: {
      title: 'Never verified',
      cause: (_found: Found) => 'The numbers have never been checked against the events.',
      mend: 'Run “webhook-metrics discrepancy” once, and then every day. It changes nothing.',
    },
  },
  producers: {
    title: 'Producers',
    intro:
      'The outboxes of the product. Every minute each sends a heartbeat, and every hour it compares what it has delivered with what is here.',
    none: 'No outbox has reported yet. Until one does, nobody can tell here whether events are missing.',
    producer: 'Outbox',
    state: 'State',
    heard: 'Last heard from',
    delivered: 'Everything delivered before',
    waiting: 'Oldest waiting',
    proven: 'Compared up to',
    compared: 'Events compared',
    repaired: 'Lost and sent again',
    missing: 'Missing',
    states: {
      sends: 'Working',
      silent: 'Silent',
      clockWrong: 'Clock wrong',
      noHeartbeat: 'Never heard from',
      retired: 'Retired: not heard from for 7 days',
    },
    notProven: 'not compared yet',
    nothing: 'nothing',
    events: (count: number, shown: string) => `${shown} ${plural(count, 'event', 'events')}`,
    gaps: 'What is missing',
    gap: (events: string, from: string, to: string, producer: string) =>
      `${events} between ${from} and ${to} (${producer})`,
  },
  showRefused: 'Show the refused requests',
  traffic: 'What arrived',
  last24Hours: '24 hours',
  last30Days: '30 days',
  accepted: 'Accepted',
  duplicates: 'Arrived again',
  refused: 'Refused',
  lag: (median: string, high: string) =>
    `From the product to here in 24 hours: half within ${median}, 95 of 100 within ${high}.`,
  noLag: 'Nothing was accepted in 24 hours, so there is no delay to report.',
  lastEvents: 'Last event of each type',
  age: 'Age',
  ago: (age: string) => `${age} ago`,
  noneIn30Days: 'none in 30 days',
  today: (day: string) => `Today, ${day} (UTC)`,
  received: 'Events received',
  refusals: 'Refused requests',
  reason: 'Reason',
  count: 'Count',
  total: 'Total',
  restatements: {
    title: 'Changes of past days',
    none: (range: string) => `No number of a past day was changed (${range}).`,
    intro: (count: number, shown: string, range: string) =>
      `${shown} ${plural(count, 'change', 'changes')} of days that were over (${range}). No number changes silently.`,
    day: 'Day',
    when: 'Changed',
    cause: 'Why',
    scans: 'Scans completed',
    media: 'Media processed',
    causes: {
      late_events: 'Events arrived late',
      backfill: 'Waiting events were counted',
      repair: 'A wrong number was corrected',
      deletion: 'The day is past its retention',
    },
  },
  neverRan: 'Never ran',
  running: 'Running or interrupted',
  took: (duration: string) => `(took ${duration})`,
  nothingWaits: 'Nothing waits to be counted.',
  waits: (count: number, shown: string, age: string) =>
    `${shown} ${plural(count, 'change waits', 'changes wait')} to be counted, the oldest for ${age}.`,
  jobs: 'Jobs',
  job: 'Job',
  started: 'Last started',
  finished: 'Ended',
  jobNames: {
    rollup: 'Count new events',
    backfill: 'Count again',
    discrepancy: 'Check numbers against events',
    purge: 'Delete what is past its retention',
  },
}
