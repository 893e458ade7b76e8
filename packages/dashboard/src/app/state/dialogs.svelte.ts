export type DialogName = 'palette' | 'share' | 'save'

/** One opening of a dialog. */
export interface OpenDialog {
  name: DialogName
  /** What the palette finds: everything, or only these, to show one of them alone. */
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
  /** Another dialog may have been opened since: by what was chosen in the first one, or by a key. */
  close(closed: OpenDialog): void {
    if (open === closed) open = undefined
  },
}
