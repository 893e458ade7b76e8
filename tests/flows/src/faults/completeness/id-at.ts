import { randomBytes } from 'node:crypto'

/** A UUIDv7 of a moment in milliseconds since 1970. */
export const idAt = (ms: number): string => {
  const time = Math.floor(ms).toString(16).padStart(12, '0')
  const tail = randomBytes(10).toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${tail.slice(6, 18)}`
}

/** The moment with which an id begins. */
export const momentOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
