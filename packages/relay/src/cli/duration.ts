import ms, { type StringValue } from 'ms'

/** Parses `90s`, `15m`, `12h`, `7d` as whole milliseconds. `undefined` when it is not a duration or has no unit. */
export const parseDuration = (text: string): number | undefined => {
  const durationMs = /^\d.{0,19}[a-z]$/i.test(text.trim()) ? ms(text.trim() as StringValue) : undefined
  return Number.isSafeInteger(durationMs) ? durationMs : undefined
}

/** `3 s`, `5 min`, `2 h`, `4 d`: how long, for a table. */
export const formatDuration = (durationMs: number): string => {
  const seconds = Math.max(0, Math.round(durationMs / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}
