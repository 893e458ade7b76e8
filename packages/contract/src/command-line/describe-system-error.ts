/**
 * One sentence for an error that no package made: a port that is taken, a file that is missing. What the error itself
 * says is left out, because it can quote a connection string or a payload.
 */
export const describeSystemError = (program: string, error: unknown): string => {
  const { code, path, address, port, name } = (error ?? {}) as {
    code?: unknown
    path?: unknown
    address?: unknown
    port?: unknown
    name?: unknown
  }
  const file = typeof path === 'string' ? path : 'a file'
  const server = address === undefined ? 'a server' : `${String(address)}:${String(port)}`
  switch (code) {
    case 'EADDRINUSE':
      return `Failed to listen at ${server}: another program uses this port. Stop it, or choose another port.`
    case 'EADDRNOTAVAIL':
      return `Failed to listen at ${server}: this machine has no such address. Choose another host.`
    case 'EACCES':
    case 'EPERM':
      return address === undefined
        ? `Failed to open ${file}: this user is not allowed to. Change the file's permissions, or name another file.`
        : `Failed to listen at ${server}: this user is not allowed to. Choose a port above 1023.`
    case 'ENOENT':
      return `Failed to open ${file}: it does not exist. Name a file that exists.`
    case 'EISDIR':
      return `Failed to open ${file}: it is a folder. Name a file.`
    case 'ENOSPC':
      return `Failed to write ${file}: the disk is full. Make room, and run the command again.`
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'ETIMEDOUT':
    case 'ECONNRESET':
      return `Failed to reach ${server} (${code}). Check that it runs and that its address is right.`
    default:
      return `Failed to run ${program} (${typeof code === 'string' ? code : String(name ?? 'unknown error')}): this is a defect. Please report it with the command that you ran.`
  }
}
