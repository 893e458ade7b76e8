import { library } from '../../tsup.base.ts'

// The built page lies in dist/app and is not tsup's to clean.
export default library({ clean: ['!app/**'] })
