import type { Database } from '@altcontext/webhook-store'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import type { AlertOptionsResolved } from './alert-options.ts'

/** Something that is wrong at this moment. */
export interface Finding {
  /** What it is about, such as a channel; empty where the kind has only one subject. */
  subject: string
  /** The number that is out of its bound. */
  measured: number
  bound: number
}

export interface AlertContext {
  /** One transaction, for one customer of the host where it has any. */
  tx: Database
  options: AlertOptionsResolved
  schema: string | undefined
  nowMs: number
  marketingPropertyId: string | undefined
  descriptionServicePropertyId: string | undefined
  channelNames: ChannelNames | undefined
}

/** What a sentence is about: an occurrence as it began. */
export interface AlertSubject extends Finding {
  startedAt: Date
}

/** In English and French. */
export type Sentence = Record<'en' | 'fr', (about: AlertSubject) => string>

/** Something that people want to hear about when it begins and when it is over. */
export interface AlertKind {
  /** At most 32 characters. It is stored, so it never changes. */
  name: string
  /** As the subject of a mail, without the thing that it is about. */
  title: Record<'en' | 'fr', string>
  /** Whether people want to hear about it. When they no longer do, occurrences under way are forgotten without a message. */
  isWanted(options: AlertOptionsResolved): boolean
  /** How often it is checked, if doing so at every interval of the worker would cost too much. */
  everyMs?: number
  /** What is wrong now; `undefined` when that is unknown, which leaves everything as it is. */
  find(context: AlertContext): Promise<readonly Finding[] | undefined>
  /** What is wrong now and belongs to no customer, where the host has customers. */
  findOfNobody?(context: AlertContext): Promise<readonly Finding[] | undefined>
  /** What has begun, and what to do. */
  started: Sentence
  /** What is over. */
  ended: Sentence
}
