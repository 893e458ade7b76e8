import type { PageName } from '../state/place.ts'

/** The views that are not part of the first page. */
export const loadView = {
  channels: () => import('./channels-view.svelte'),
  channel: () => import('./channel-view.svelte'),
  tenants: () => import('./tenants-view.svelte'),
  tenant: () => import('./tenant-view.svelte'),
  events: () => import('./events-view.svelte'),
  bridge: () => import('./bridge-view.svelte'),
} as const satisfies Record<Exclude<PageName, 'overview'>, () => Promise<unknown>>
