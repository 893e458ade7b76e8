import {
  dayMs,
  type History,
  type HistoryEvent,
  type HistoryStep,
  type HistoryVisit,
  hourMs,
  startMs,
} from './history.ts'

/** A moment, in days since the start. */
const at = (days: number, hours = 0): number => startMs + days * dayMs + hours * hourMs

const amounts = { mediaCount: 4, identitiesDetected: 9, durationMs: 1000, count: 3 }

const happening = (type: string, tenant: string, atMs: number): Omit<HistoryEvent, 'id'> => ({
  owner: 0,
  type,
  tenant,
  atMs,
  amounts,
  email: null,
})

const first = happening('tenant.created', 'a', at(-1))
// Three of one tenant day: two are archived one after the other, and the third is rolled up after that.
const archivedFirst = happening('scan.completed', 'a', at(-1, 1))
const archivedLater = happening('scan.completed', 'a', at(-1, 2))
const late = happening('scan.completed', 'a', at(-1, 3))
// Active on the 31st day before the end of the window, and not on the 30 that count.
const old = [happening('tenant.created', 'b', at(75, 12)), happening('scan.completed', 'b', at(85, 12))]
// Its lead came twice.
const onTheFirstMoment = { ...happening('tenant.created', 'c', at(100)), email: 'ada@example.com' }
const onTheLastDay = happening('tenant.created', 'mature', at(107, 12))
const afterTheLastMoment = happening('tenant.created', 'd%e', at(108))
// Comes back on the day of the horizon, which is a day late.
const onTheHorizon = [
  happening('tenant.created', 'late', at(100, 1)),
  happening('scan.completed', 'late', at(100, 2)),
]
const backOnTheHorizon = happening('scan.completed', 'late', at(107))
// Seven days before a day on which nobody scans.
const aWeekAgo = happening('scan.completed', 'c', at(106, 12))
// In the window before the requested one only on its last day, and active before and after it.
const regular = [90, 99, 103].map((day) => happening('scan.completed', 'regular', at(day, 5)))
// Old enough for two whole days, and converted in the third.
const young = [
  happening('tenant.created', 'young', at(112, 12)),
  happening('apikey.created', 'young', at(114, 17)),
]
const scanOfYoung = happening('scan.completed', 'young', at(113))
// Waits for the rollup, in the window before the requested one, and does not belong to the requested tenant.
const waiting = happening('scan.failed', 'b', at(95))
const farInThePast = happening('tenant.created', 'b', at(-400))

const events: HistoryEvent[] = [
  first,
  archivedFirst,
  archivedLater,
  late,
  ...old,
  onTheFirstMoment,
  onTheLastDay,
  afterTheLastMoment,
  ...onTheHorizon,
  backOnTheHorizon,
  aWeekAgo,
  ...regular,
  ...young,
  scanOfYoung,
  waiting,
  farInThePast,
].map((event, index) => ({ ...event, id: index + 1 }))

const visit = (visitor: string, atMs: number, source: string): HistoryVisit => ({
  owner: 0,
  visitor,
  atMs,
  source,
  landingPath: '/',
  referrer: null,
  utm: [null, null, null],
})

const step = (
  action: HistoryStep['action'],
  advanceHours: number,
  delivered: readonly Omit<HistoryEvent, 'id'>[] = [],
): HistoryStep => ({
  deliver: delivered.map((one) =>
    events.findIndex(({ type, atMs }) => one.type === type && one.atMs === atMs),
  ),
  advanceHours,
  action,
  breakAfter: 9,
  deleteLead: null,
  refusal: null,
})

/** What random histories seldom have: everything at the very edge of a rule. */
export const edgeHistory: History = {
  hasCustomers: false,
  events,
  leads: [{ owner: 0, email: 'ada@example.com', stated: null, capturedAtMs: at(103), visitor: 'v2' }],
  visits: [
    visit('v2', at(101), 'email'),
    visit('v2', at(102), 'social'),
    visit('v1', at(105, 8), 'direct'),
    visit('v1', at(105, 20), 'email'),
  ],
  days: [{ owner: 0, day: 105, visitors: 9, leads: 1, sources: { direct: 3 } }],
  steps: [
    step('rollup', 10 * 24, [archivedFirst]),
    step('purge', 82 * 24, [archivedLater]),
    step('purge', 12 * 24),
    step('rollup', 3 * 24, [late, ...old, onTheFirstMoment, ...onTheHorizon, ...regular]),
    step('copy', 0),
    step('rollup', 0, [aWeekAgo, backOnTheHorizon]),
    step('rollup', 6 * 24),
    step('nothing', 2 * 24, [onTheLastDay, afterTheLastMoment]),
    // Once more, on the last day.
    step('nothing', 0, [aWeekAgo, ...young, scanOfYoung, waiting, farInThePast]),
  ],
  isRolledUpAtLast: false,
  questions: {
    from: events.findIndex(({ atMs }) => atMs === onTheFirstMoment.atMs),
    to: events.findIndex(({ atMs }) => atMs === onTheLastDay.atMs),
    horizonDays: 7,
    sort: 'tenantId',
    order: 'asc',
    search: '',
  },
}
