import type { DayNote, SavedView } from '@altcontext/webhook-metrics'
import { fetchReport, reportAddress } from './fetch-report.ts'
import { session } from './session.svelte.ts'

/** What people wrote about the days that are shown. */
export const dayNotes = $state({
  list: [] as readonly DayNote[],
  /** Whether they could not be read: there may be notes although none is shown. */
  isMissing: false,
  async load(from: string, to: string, signal: AbortSignal): Promise<void> {
    const address = reportAddress('notes', { from, to })
    const read = await fetchReport<{ notes: DayNote[] }>(address, signal).catch(() => undefined)
    if (signal.aborted) return
    dayNotes.list = read?.notes ?? []
    dayNotes.isMissing = read === undefined
  },
  /** Resolves to whether it was written. */
  async add(day: string, text: string): Promise<boolean> {
    const response = await write<{ note: DayNote }>('api/notes', 'POST', { day, text })
    if (response === undefined) return false
    dayNotes.list = [...dayNotes.list, response.note].sort((a, b) => (a.day < b.day ? -1 : 1))
    return true
  },
  /** Resolves to whether it was deleted. */
  async remove(id: string): Promise<boolean> {
    if ((await write(`api/notes/${id}`, 'DELETE')) === undefined) return false
    dayNotes.list = dayNotes.list.filter((note) => note.id !== id)
    return true
  },
})

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
