import { readFileSync } from 'node:fs'

/** Reads one of the vectors that the package ships for other languages. */
export const readVectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'))
