import { pluralEn as plural } from './plural.ts'

interface Found {
  refused: string
  all: string
  age: string
}

/** What the page says of the bridge's health. */
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
      mend: 'If somebody uses the product, look at its sender: is it running, does it know this address and the right key, does anything wait in its outbox?',
    },
    behind: {
      title: 'Behind',
      cause: ({ age }: Found) =>
        age === ''
          ? 'Events are there, but nothing has counted them yet.'
          : `Events have waited for ${age} to be counted.`,
      mend: 'Look whether the job that counts is running: it is on in the server by default, or is “webhook-metrics rollup” started every minute. The server’s log says why it fails.',
    },
    producer_silent: {
      title: 'Producer silent',
      cause: (_found: Found) =>
        'An outbox that sends events has stopped saying that it is there, or its clock is wrong. That nothing comes from it says nothing.',
      mend: 'Look at the product’s side: whether the process runs that delivers, and what its health says of key, address and clock.',
    },
    incomplete: {
      title: 'Incomplete',
      cause: (_found: Found) => 'Events are known to be missing here, and could not be sent again.',
      mend: 'Run “webhook-relay reconcile” on the product’s side: it names them. What the product still knows it supplies with onMissing.',
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
  showRefused: 'Show the refused requests',
  traffic: 'What arrived',
  last24Hours: '24 hours',
  last30Days: '30 days',
  accepted: 'Accepted',
  duplicates: 'Arrived again',
  refused: 'Refused',
  lag: (median: string, most: string) =>
    `From the product to here in 24 hours: half within ${median}, 95 of 100 within ${most}.`,
  noLag: 'Nothing was accepted in 24 hours, so there is no delay to tell of.',
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
      `${shown} ${plural(count, 'change', 'changes')} of days that were over (${range}). No number changes in silence.`,
    day: 'Day',
    when: 'Changed',
    cause: 'Why',
    scans: 'Scans completed',
    media: 'Media processed',
    causes: {
      late_events: 'Events arrived late',
      backfill: 'Counted again what waited',
      repair: 'A wrong number was corrected',
      deletion: 'The day is past its retention',
    },
  },
  neverRan: 'Never ran',
  running: 'Running, or broken off',
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
