import type { Memory } from './memory-of.ts'

/** What an attack did, for a line of a report. */
export interface AttackReport {
  /** What was tried, in words. */
  attack: string
  /** How often. */
  tried: number
  /** How often it got through; 0 is the only good number. */
  gotThrough: number
}

/** Where the attacked server listens, and what only its owner knows of it. */
export interface AttackTarget {
  host: string
  port: number
  /** Of its process. */
  pid: number
  adminKey: string
  databaseUrl: string
  /** Asks the server's database. */
  query<Row>(text: string, params?: unknown[]): Promise<Row[]>
  /** Every row of every table, as text. */
  dump(): Promise<string>
  /** What the server has logged so far. */
  log(): string
  /** What it holds after its garbage was collected. */
  memory(): Promise<Memory>
  /** Asks the server to stop. Resolves with the exit code. */
  stop(): Promise<number | null>
}

/**
 * How much a limit of so many a minute lets through since its first: that many in the first minute, and of each second that is
 * over it a second's share, on a machine that takes so long.
 */
export const allowedSince = (startMs: number, limit: number): number =>
  Math.ceil(limit * Math.max(1, (performance.now() - startMs) / 60_000))

export const toLine = ({ attack, tried, gotThrough }: AttackReport): string =>
  `${attack}: tried ${tried}, got through ${gotThrough}`
