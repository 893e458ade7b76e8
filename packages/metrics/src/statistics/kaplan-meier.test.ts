import { expect, test } from 'vitest'
import { kaplanMeier, type Observed } from './kaplan-meier.ts'

// The remission times under 6-mercaptopurine of Freireich et al. (1963), the textbook's example; a plus is censored.
// Expected: R's survfit(Surv(time, status) ~ 1, conf.type = "log-log").
const remissions = '6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+'
  .split(' ')
  .map((text): Observed => {
    const week = Number.parseInt(text, 10)
    return { observed: week + 1, event: text.endsWith('+') ? null : week, subjects: 1 }
  })

test.each([
  [6, 0.8571, 0.6197, 0.9516],
  [7, 0.8067, 0.5631, 0.9228],
  [10, 0.7529, 0.5032, 0.8894],
  [13, 0.6902, 0.4316, 0.8491],
  [16, 0.6275, 0.3675, 0.8049],
  [22, 0.5378, 0.2678, 0.7468],
  [23, 0.4482, 0.1881, 0.6801],
])('estimates the survival past week %i at %f, between %f and %f', (week, survival, low, high) => {
  const estimate = kaplanMeier(remissions, week + 1)
  expect(1 - (estimate?.converted ?? Number.NaN)).toBeCloseTo(survival, 4)
  expect(1 - (estimate?.high ?? Number.NaN)).toBeCloseTo(low, 4)
  expect(1 - (estimate?.low ?? Number.NaN)).toBeCloseTo(high, 4)
})

test('is the plain share where everybody was observed to the horizon', () => {
  const groups = [
    { observed: 14, event: 0, subjects: 2 },
    { observed: 14, event: 13, subjects: 1 },
    { observed: 14, event: null, subjects: 5 },
  ]
  expect(kaplanMeier(groups, 14)?.converted).toBeCloseTo(3 / 8, 12)
})

test('counts a subject as at risk only in the steps during all of which it was observed', () => {
  const groups = [
    { observed: 1, event: null, subjects: 10 },
    { observed: 2, event: 1, subjects: 1 },
    { observed: 2, event: null, subjects: 1 },
  ]
  expect(kaplanMeier(groups, 2)?.converted).toBeCloseTo(0.5, 12)
})

test('has no interval where nobody or everybody converted, and no estimate past the last observation', () => {
  expect(kaplanMeier([{ observed: 7, event: null, subjects: 9 }], 7)).toEqual({ converted: 0 })
  expect(kaplanMeier([{ observed: 7, event: 3, subjects: 9 }], 7)).toEqual({ converted: 1 })
  expect(kaplanMeier([{ observed: 3, event: null, subjects: 9 }], 7)).toBeNull()
})
