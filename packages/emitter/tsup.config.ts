import { library } from '../../tsup.base.ts'

export default library({
  entry: [
    'src/index.ts',
    'src/sqlite.ts',
    'src/postgres.ts',
    'src/transport/http-transport.ts',
    'src/transport/ky-transport.ts',
  ],
  external: ['#transport'],
  removeNodeProtocol: false,
})
