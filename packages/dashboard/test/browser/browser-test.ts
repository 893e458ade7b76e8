import type { OpenPage, OpenPageOptions } from './open-page.ts'

/** Registers a test that gets pages of its own in the one browser of the run. */
export type BrowserTest = (
  title: string,
  run: (open: (options?: OpenPageOptions) => Promise<OpenPage>) => Promise<void>,
) => void
