/** PostgreSQL cuts longer names off, so two schemas may become one. */
export const maxNameBytes = 63

const utf8 = new TextEncoder()

/** Whether PostgreSQL keeps a name as it is. */
export const isSchemaName = (name: unknown, maxBytes: number = maxNameBytes): name is string =>
  typeof name === 'string' && name !== '' && !name.includes('\0') && utf8.encode(name).length <= maxBytes
