import { globSync, renameSync, writeFileSync } from 'node:fs'

// The library for programs with threads. It shifts the time that the operating system tells a process.
const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')

export const whyNoFakeClock = (): string | undefined =>
  library === undefined ? "Debian's package faketime is not installed" : undefined

/** The wall clock of the processes that are started with `env`. The clock with which they measure durations does not change. */
export interface FakeClock {
  env: Record<string, string>
  /** How far it is from the real clock from now on, also in running processes: `+70d`, `-6m`, `+0`. */
  set(offset: string): void
}

/** @param path of a file that says how wrong the clock is */
export const createFakeClock = (path: string): FakeClock => {
  const set = (offset: string): void => {
    // The file is whole at every moment, because a process may read it at any moment.
    writeFileSync(`${path}.new`, offset)
    renameSync(`${path}.new`, path)
  }
  set('+0')
  return {
    env: {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: path,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    set,
  }
}
