import type { Memory } from './memory-of.ts'

/** The result of an attack, for a line of a report. */
export interface AttackReport {
  /** What the attack tried to do, in words. */
  attack: string
  /** How often it was tried. */
  tried: number
  /** How often it got through; 0 is the only good number. */
  gotThrough: number
}

/** Where the attacked server listens, and what only its owner knows about it. */
export interface AttackTarget {
  host: string
  port: number
  /** The id of its process. */
  pid: number
  adminKey: string
  databaseUrl: string
  /** Sends a query to the server's database. */
  query<Row>(text: string, params?: unknown[]): Promise<Row[]>
  /** Every row of every table, as text. */
  dump(): Promise<string>
  /** What the server has logged so far. */
  log(): string
  /** Its memory after its garbage was collected. */
  memory(): Promise<Memory>
  /** Asks the server to stop. Resolves with the exit code. */
  stop(): Promise<number | null>
}

/**
 * How many requests a limit per minute may have let through since the first one: as many as the limit in the first minute, and in each
 * second after it a second's share of it, on a machine that takes that long.
 */
export const allowedSince = (startMs: number, limit: number): number =>
  Math.ceil(limit * Math.max(1, (performance.now() - startMs) / 60_000))

export const toLine = ({ attack, tried, gotThrough }: AttackReport): string =>
  `${attack}: tried ${tried}, got through ${gotThrough}`
