const steps: Readonly<Record<string, (from: number, last: number) => number>> = {
  ArrowRight: (from) => from + 1,
  ArrowUp: (from) => from + 1,
  ArrowLeft: (from) => from - 1,
  ArrowDown: (from) => from - 1,
  Home: () => 0,
  End: (_from, last) => last,
}

/** The bar of a chart to which a key leads, as it moves a slider; undefined for other keys. The first press reads the last bar, which is where the eye is. */
export const nextBar = (key: string, from: number | undefined, last: number): number | undefined => {
  const step = steps[key]
  if (step === undefined || from === undefined) return step && last
  return Math.min(last, Math.max(0, step(from, last)))
}
