import { readdirSync } from 'node:fs'
import type { FaultScenario } from './scenario.ts'

export type NamedScenario = FaultScenario & { name: string }

const folder = new URL('scenarios/', import.meta.url)

/** Every file of the folder `scenarios`, by its name. */
export const loadScenarios = (): Promise<NamedScenario[]> =>
  Promise.all(
    readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map(async (file) => {
        const { scenario } = (await import(new URL(file, folder).href)) as { scenario: FaultScenario }
        return { ...scenario, name: file.slice(0, -'.ts'.length) }
      }),
  )
