import type { AlertKind } from './alert-kind.ts'
import { channelDropKind } from './kinds/channel-drop-kind.ts'
import {
  incompleteKind,
  producerClockKind,
  producerSilentKind,
  proofOverdueKind,
} from './kinds/producer-kinds.ts'
import { refusingKind } from './kinds/refusing-kind.ts'
import { silentKind } from './kinds/silent-kind.ts'

/** Every kind of alert. Another one is another entry: nothing else has to know about it. */
export const alertKinds: readonly AlertKind[] = [
  silentKind,
  producerSilentKind,
  producerClockKind,
  refusingKind,
  incompleteKind,
  proofOverdueKind,
  channelDropKind,
]
