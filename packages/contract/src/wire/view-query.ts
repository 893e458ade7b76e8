/** Whether it is the address of a view of the dashboard: a query and nothing else, so that it leads nowhere but to the page. */
export const isViewQuery = (view: unknown): view is string =>
  typeof view === 'string' && view.length <= longestViewQuery && /^(\?[\w.~%&=+*-]*)?$/.test(view)

/** In characters. */
const longestViewQuery = 2000
