import type { AnyContract } from '@altcontext/webhook-contract'
import { callback, contractOption, wholeNumber } from '@altcontext/webhook-contract/options'
import { z } from 'zod'
import { checkOptions } from '../check-options.ts'
import type { EventFixture } from '../fixtures.ts'

/** Where an emitter delivers to. */
export interface EmitterSettings {
  url: string
  adminKey: string
  signingSecret: string | undefined
}

/** A running emitter, in any language. */
export interface RunningEmitter {
  /** Takes one event. May throw or reject only for an event that breaks the contract. */
  emit(event: EventFixture & { id?: string | undefined }): unknown
  /** Delivers the events it holds, within ten seconds, and ends. */
  close(): unknown
  /** Everything that it has logged so far. @default that check is left out */
  output?: (() => string) | undefined
}

export type EmitterFactory = (settings: EmitterSettings) => RunningEmitter | Promise<RunningEmitter>

export interface EmitterTargetOptions {
  /** The waits before the retries. Set it if the emitter runs on a shorter schedule. @default [1_000, 5_000, 30_000] (roadmap §9) */
  scheduleMs?: readonly number[] | undefined
  /** How long the emitter waits for a response. @default 10_000 */
  timeoutMs?: number | undefined
  /** The events that are emitted. @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /** Whether the emitter signs when it gets a secret. @default true */
  signs?: boolean | undefined
  /**
   * Whether it has a durable outbox, takes an `id` beside an event's fields, and every second or two says up to when everything
   * is delivered, and compares (docs/completeness.md). @default false: those checks are left out
   */
  completeness?: boolean | undefined
}

export interface EmitterTarget
  extends Required<{ [Key in keyof EmitterTargetOptions]: NonNullable<EmitterTargetOptions[Key]> }> {
  start: EmitterFactory
}

const emitterTargetSchema = z.strictObject({
  start: callback<EmitterFactory>(),
  scheduleMs: z.array(wholeNumber(0)).readonly().default([1000, 5000, 30_000]),
  timeoutMs: z._default(wholeNumber(1), 10_000),
  contract: contractOption(),
  signs: z.boolean().default(true),
  completeness: z.boolean().default(false),
} satisfies Record<keyof EmitterTarget, z.core.$ZodType>)

/** @throws {ContractTestsError} `invalid_options`. */
export const createEmitterTarget = (
  start: EmitterFactory,
  options: EmitterTargetOptions = {},
): EmitterTarget => checkOptions(emitterTargetSchema, { ...options, start }, 'the target of the checks')
