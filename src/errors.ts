/**
 * The one family of errors. Recognize an error by `code`, never by its text; `hint` says what a person can do about it.
 */
export class EgressRouterError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.hint = options.hint
  }
}

/** Every code an error of ours can carry, with the exit code of a command that ends with it. */
export const exitCodes = {
  EUSAGE: 2,
  ECONFIG: 2,
  ECAPABILITY: 4,
  EUNSUPPORTED: 4,
  ESYSCALL: 1,
  ECODEC: 1,
  ENETLINK: 1,
  ENFTABLES: 1,
  ECONFLICT: 1,
  ELINK: 1,
  ESYSCTL: 1,
  EREFUSED: 1,
  ECRI: 1,
  EAGAIN: 1
} as const

export type ErrorCode = keyof typeof exitCodes

/** A command line that cannot be understood. */
export class UsageError extends EgressRouterError {
  constructor(message: string, hint?: string) {
    super('EUSAGE', message, { hint })
  }
}

/** One problem of the configuration and where it stands. */
export interface ConfigIssue {
  /** The variable, flag or file: `EGRESS_DESTINATION`, `--gateway`, `router.yaml`. */
  readonly source: string
  /** Line within the source, counted from 1, when it has lines. */
  readonly line?: number | undefined
  /** Path of the value inside a file: `sources[0].gateway`. */
  readonly path?: string | undefined
  readonly message: string
  readonly hint?: string | undefined
}

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends EgressRouterError {
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[]) {
    super('ECONFIG', issues.map(formatIssue).join('\n'))
    this.issues = issues
  }
}

/** `EGRESS_DESTINATION line 3: port 70000 is above 65535. Hint: …` */
export function formatIssue(issue: ConfigIssue): string {
  const line = issue.line === undefined ? '' : ` line ${issue.line}`
  const path = issue.path === undefined ? '' : ` (${issue.path})`
  const hint = issue.hint === undefined ? '' : `. Hint: ${issue.hint}`
  // the classic messages begin with the name of the variable: it is not said twice
  const origin = issue.message.startsWith(issue.source) && !line && !path ? '' : `${issue.source}${line}${path}: `
  return `${origin}${issue.message}${hint}`
}

/** The one line a person reads: message, then the hint. */
export function formatError(error: unknown): string {
  if (error instanceof EgressRouterError && error.hint) return `${error.message}. Hint: ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}

/** Exit code that a command ends with after `error`. */
export function exitCodeOf(error: unknown): number {
  return error instanceof EgressRouterError ? exitCodes[error.code] : 1
}
