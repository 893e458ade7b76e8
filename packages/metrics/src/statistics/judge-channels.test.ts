import { expect, test } from 'vitest'
import { judgeChannels } from './judge-channels.ts'

const judge = (...channels: [successes: number, trials: number][]) =>
  judgeChannels(
    channels.map(([successes, trials]) => ({ successes, trials })),
    20,
  )

test('calls a channel ahead or behind when the others together are clearly different', () => {
  expect(judge([80, 100], [45, 100], [50, 100], [10, 100]).map(({ verdict }) => verdict)).toEqual([
    'ahead',
    'undecided',
    'undecided',
    'behind',
  ])
})

test('leaves equal channels undecided, and ranks none with too few tenants, however good', () => {
  const [first, second, few] = judge([50, 100], [49, 100], [19, 19])
  expect([first?.verdict, second?.verdict]).toEqual(['undecided', 'undecided'])
  expect(few).toMatchObject({ verdict: 'too_few', probabilityAhead: null, probabilityBest: null })
  expect(few?.shrunkRate).toBeLessThan(0.8)
  expect((first?.probabilityBest ?? 0) + (second?.probabilityBest ?? 0)).toBeCloseTo(1, 3)
})

test('asks for more evidence the more channels there are', () => {
  const one: [number, number] = [64, 100]
  expect(judge(one, [50, 100])[0]?.verdict).toBe('undecided')
  expect(judge([68, 100], [50, 100])[0]?.verdict).toBe('ahead')
  const twelve = Array.from({ length: 12 }, (): [number, number] => [50, 100])
  expect(judge([63, 100], ...twelve)[0]?.verdict).toBe('undecided')
})

test('has nothing to say without tenants', () => {
  expect(judge()).toEqual([])
  expect(judge([0, 0])[0]?.verdict).toBe('too_few')
  expect(judge([30, 60])[0]).toMatchObject({ verdict: 'undecided', probabilityBest: expect.closeTo(1, 4) })
})
