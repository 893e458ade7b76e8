import type { ChannelsResponse, TenantsResponse } from '@altcontext/webhook-metrics'
import { channelName } from '../format/channel-name.ts'
import { fetchReport, reportAddress } from '../state/fetch-report.ts'
import { goTo, navigation } from '../state/navigation.svelte.ts'
import { savedViews } from '../state/notes.svelte.ts'
import { daysOf, parsePlace } from '../state/place.ts'
import { session } from '../state/session.svelte.ts'
import { words } from '../state/words.svelte.ts'
import type { Entry } from './palette-entries.ts'

interface Purpose {
  /** Whether choosing an entry narrows the view to it, as far as the view can. */
  isFilter: boolean
}

const days = () => ({ ...daysOf(navigation.place, session.today) })

/** The saved views. */
export const findSavedViews = async (signal: AbortSignal): Promise<Entry[]> =>
  (await savedViews.list(signal)).map(({ name, view }) => ({
    group: 'saved',
    label: name,
    run: () => goTo(parsePlace(view)),
  }))

/** The channels of the days that are shown. */
export const findChannels = async (signal: AbortSignal, { isFilter }: Purpose): Promise<Entry[]> => {
  const { channels } = await fetchReport<ChannelsResponse>(reportAddress('channels', days()), signal)
  return channels
    .filter(({ kind }) => kind === 'channel' || (isFilter && kind === 'no_lead'))
    .map((row) => ({
      group: 'channel',
      label: channelName(row, words.messages),
      // The list of tenants can show one channel; everything else about a channel is on its page.
      run: () =>
        goTo(
          isFilter && navigation.place.view === 'tenants'
            ? { channel: row.channel, tenant: '', page: 1 }
            : { view: 'channels', channel: row.channel },
        ),
    }))
}

/** The first tenants whose id holds what was typed. */
export const findTenants = async (search: string, signal: AbortSignal): Promise<Entry[]> => {
  const address = reportAddress('tenants', { ...days(), search, limit: 8 })
  const { tenants } = await fetchReport<TenantsResponse>(address, signal)
  return tenants.map(({ tenantId }) => ({
    group: 'tenant',
    label: tenantId,
    run: () => goTo({ view: 'tenants', tenant: tenantId }),
  }))
}
