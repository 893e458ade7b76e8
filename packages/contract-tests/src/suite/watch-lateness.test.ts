import { expect, test } from 'vitest'
import { watchLateness } from './watch-lateness.ts'

const stand = (ms: number): void => {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}
const nextTick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 120))

test('says how long the process stood still between two moments, not at other times', async () => {
  const watch = watchLateness()
  const fromMs = performance.now()
  stand(300)
  await nextTick()
  const toMs = performance.now()
  expect(watch.between(fromMs, toMs)).toBeGreaterThan(200)
  expect(watch.between(fromMs, toMs)).toBeLessThanOrEqual(toMs - fromMs)
  expect(watch.between(toMs + 1, toMs + 1000)).toBe(0)
  watch.stop()
})
