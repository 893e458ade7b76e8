const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Reads `90s`, `15m`, `12h`, `7d` as milliseconds. `undefined` when it is no duration. */
export const parseDuration = (text: string): number | undefined => {
  const [, amount, unit] = text.trim().match(/^(\d{1,9})(ms|s|m|h|d)$/) ?? []
  return amount === undefined ? undefined : Number(amount) * unitMs[unit as keyof typeof unitMs]
}

/** `3 s`, `5 min`, `2 h`, `4 d`: how long, for a table. */
export const formatDuration = (durationMs: number): string => {
  const seconds = Math.max(0, Math.round(durationMs / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}
