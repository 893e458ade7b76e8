import { library } from '../../tsup.base.ts'

export default library({
  entry: [
    'src/index.ts',
    'src/options.ts',
    'src/signing.ts',
    'src/command-line.ts',
    'src/cli.ts',
    'src/wire/node-hmac.ts',
    'src/wire/portable-hmac.ts',
  ],
  external: ['#hmac'],
})
