import type { Environment } from '../config/environment.ts'
import type { Identity } from '../config/identity.ts'
import { type ConfigOrigins, type Loaded, loadConfig, loadIdentity } from '../config/load.ts'
import type { EgressConfig } from '../config/shape.ts'
import { formatIssue } from '../errors.ts'

/** Where a command writes; what the standard streams of a process can do, and no more. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** What a command is given. It returns its exit code, and throws errors of ours for others to print. */
export interface CommandOptions {
  /** Flags that name settings, by the keys of the settings: `{ linkTimeout: '5s', debug: true }`. */
  readonly flags: Readonly<Record<string, string | boolean>>
  readonly env: Environment
  /** Network namespace to work in: a path, a process id or a name below /run/netns. */
  readonly netns?: string | undefined
  readonly configFile?: string | undefined
  /** Form of what is printed: `text`, `json`, `yaml`. */
  readonly output?: string | undefined
  /** `plan`: tell drift by the exit code. */
  readonly exitCode?: boolean | undefined
  readonly stdout: Output
  readonly stderr: Output
}

/** A command: `run`, `plan`, … */
export type Command = (options: CommandOptions) => Promise<number>

/** The whole configuration; warnings go to the standard error. Throws a ConfigError with every problem. */
export async function readConfig(options: CommandOptions): Promise<EgressConfig> {
  return warned(options, await loadConfig(originsOf(options)))
}

/** What finds our objects in the kernel, for commands that need no source and no destinations: `show`, `clean`. */
export async function readIdentity(options: CommandOptions): Promise<Identity> {
  return warned(options, await loadIdentity(originsOf(options)))
}

const originsOf = ({ flags, env, configFile }: CommandOptions): ConfigOrigins => ({ flags, env, configFile })

function warned<T>({ stderr }: CommandOptions, { config, warnings }: Loaded<T>): T {
  for (const warning of warnings) stderr.write(`warning: ${formatIssue(warning)}\n`)
  return config
}
