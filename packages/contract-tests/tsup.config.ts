import { library } from '../../tsup.base.ts'

export default library({ entry: ['src/index.ts', 'src/vitest.ts', 'src/msw.ts', 'src/cli.ts'] })
