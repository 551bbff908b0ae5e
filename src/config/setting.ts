import type { Refusal } from './refusal.ts'

/**
 * One value of the configuration under its three names, and how its text is read.
 * The documentation's table, the flags of the commands and the parser are all made from these.
 */
export interface Setting<T> {
  /** Name in the YAML file and among parsed flags: `linkTimeout`. */
  readonly key: string
  /** Name in the environment: `EGRESS_LINK_TIMEOUT`. */
  readonly variable: string
  /** Name on the command line: `--link-timeout`. */
  readonly flag: string
  /** What a value looks like, for the help; absent for a switch. */
  readonly value?: string
  readonly doc: string
  /** The value when nothing gives one, as it would be typed. */
  readonly default?: string
  /** Parts a text that may hold several values; a YAML list may then stand in its place. */
  readonly separator?: RegExp
  /** Reads one value. */
  parse(text: string): T | Refusal
}

/** A setting that always has a value. */
export type SettingWithDefault<T> = Setting<T> & { readonly default: string }
