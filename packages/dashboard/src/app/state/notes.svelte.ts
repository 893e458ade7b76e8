import type { DayNote, SavedView } from '@altcontext/webhook-metrics'
import { fetchReport, reportAddress } from './fetch-report.ts'
import { session } from './session.svelte.ts'

const state = $state<{ notes: readonly DayNote[]; isMissing: boolean }>({ notes: [], isMissing: false })

/** What people wrote about the days that are shown. */
export const dayNotes = {
  get list(): readonly DayNote[] {
    return state.notes
  },
  /** Whether they could not be read: there may be notes although none is shown. */
  get isMissing(): boolean {
    return state.isMissing
  },
  async load(from: string, to: string, signal: AbortSignal): Promise<void> {
    const address = reportAddress('notes', { from, to })
    const read = await fetchReport<{ notes: DayNote[] }>(address, signal).catch(() => undefined)
    if (signal.aborted) return
    state.notes = read?.notes ?? []
    state.isMissing = read === undefined
  },
  /** Resolves to whether it was written. */
  async add(day: string, text: string): Promise<boolean> {
    const response = await write<{ note: DayNote }>('api/notes', 'POST', { day, text })
    if (response === undefined) return false
    state.notes = [...state.notes, response.note].sort((a, b) => (a.day < b.day ? -1 : 1))
    return true
  },
  /** Resolves to whether it was deleted. */
  async remove(id: string): Promise<boolean> {
    if ((await write(`api/notes/${id}`, 'DELETE')) === undefined) return false
    state.notes = state.notes.filter((note) => note.id !== id)
    return true
  },
}

/** The saved views, read when somebody wants them. */
export const savedViews = {
  list: async (signal: AbortSignal): Promise<SavedView[]> =>
    (await fetchReport<{ views: SavedView[] }>('api/saved-views', signal)).views,
  save: async (name: string, view: string): Promise<boolean> =>
    (await write('api/saved-views', 'POST', { name, view })) !== undefined,
  remove: async (id: string): Promise<boolean> =>
    (await write(`api/saved-views/${id}`, 'DELETE')) !== undefined,
}

const write = async <Body>(
  address: string,
  method: 'POST' | 'DELETE',
  body?: object,
): Promise<Body | undefined> => {
  const response = await fetch(address, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch(() => undefined)
  if (response?.status === 401) session.end()
  return response?.ok ? ((await response.json()) as Body) : undefined
}
