export type DialogName = 'palette' | 'share' | 'save'

/** One opening of a dialog. */
export interface OpenDialog {
  name: DialogName
  /** Of the palette: everything, or what is to be shown alone. */
  found: 'everything' | 'channels' | 'tenants'
}

let open = $state.raw<OpenDialog>()

export const dialogs = {
  get open() {
    return open
  },
  show(name: DialogName, found: OpenDialog['found'] = 'everything'): void {
    open = { name, found }
  },
  /** Another may have been opened since: what was chosen in the first opened it, or a key did. */
  close(closed: OpenDialog): void {
    if (open === closed) open = undefined
  },
}
