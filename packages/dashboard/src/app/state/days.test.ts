import { expect, test } from 'vitest'
import { isDay, isPastRetention, presetRange, rangeProblem, shiftMonth } from './days.ts'

const today = '2026-03-31'

test('Presets end today, except the last month', () => {
  expect(presetRange('7d', today)).toEqual({ from: '2026-03-25', to: today })
  expect(presetRange('365d', today)).toEqual({ from: '2025-04-01', to: today })
  expect(presetRange('month', today)).toEqual({ from: '2026-03-01', to: today })
  expect(presetRange('last-month', today)).toEqual({ from: '2026-02-01', to: '2026-02-28' })
})

test('366 days are a range, 367 are too long; the first day must not be after the last', () => {
  expect(rangeProblem({ from: '2025-03-31', to: today })).toBeUndefined()
  expect(rangeProblem({ from: '2025-03-30', to: today })).toBe('long')
  expect(rangeProblem({ from: '2026-04-01', to: today })).toBe('order')
  expect(rangeProblem({ from: '', to: today })).toBe('missing')
})

test('Only real calendar days are days', () => {
  expect(['2024-02-29', '2026-02-29', '2026-2-1', '2026-13-01', 'today', ''].map(isDay)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ])
})

test('Retention is 24 calendar months', () => {
  expect(shiftMonth('2026-03-31', -1)).toBe('2026-02-28')
  expect(shiftMonth('2026-01-15', -24)).toBe('2024-01-15')
  expect(isPastRetention({ from: '2024-01-01', to: '2024-03-30' }, today)).toBe(true)
  expect(isPastRetention({ from: '2024-01-01', to: '2024-03-31' }, today)).toBe(false)
})
