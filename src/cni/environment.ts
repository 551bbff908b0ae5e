import { readLinkName } from '../config/link-name.ts'
import { Refusal } from '../config/refusal.ts'
import { CniError, codes } from './cni-error.ts'

export const cniCommands = ['ADD', 'DEL', 'CHECK', 'STATUS', 'GC', 'VERSION'] as const
export type CniCommand = (typeof cniCommands)[number]

/** What a runtime says beside the network configuration. */
export interface CniCall {
  readonly command: CniCommand
  /** Of ADD, DEL and CHECK; empty for the others. */
  readonly containerId: string
  /** CNI_IFNAME, of the same. */
  readonly interface: string
  /** Path of the network namespace; empty in a DEL when the runtime does not know it any more. */
  readonly namespace: string
  /** CNI_ARGS by name: `K8S_POD_NAME`, … */
  readonly args: ReadonlyMap<string, string>
}

type Variables = ReadonlyMap<string, string>

/** Errors: CniError 4 that names the variable. */
export function readCall(variables: Variables): CniCall {
  const command = variables.get('CNI_COMMAND') ?? ''
  if (!isCommand(command)) {
    throw invalidVariable('CNI_COMMAND', command === '' ? 'is not set' : `'${command}' is unknown; there are ${cniCommands.join(', ')}`)
  }
  const args = readArgs(variables.get('CNI_ARGS') ?? '')
  const concernsContainer = command === 'ADD' || command === 'DEL' || command === 'CHECK'
  if (!concernsContainer) return { command, containerId: '', interface: '', namespace: '', args }
  requireAll(variables, ['CNI_CONTAINERID', 'CNI_IFNAME', ...(command === 'DEL' ? [] : ['CNI_NETNS'])])
  const namespace = variables.get('CNI_NETNS') ?? ''
  // a bare number or name would mean something else to the agent than to the runtime
  if (namespace !== '' && !namespace.startsWith('/')) throw invalidVariable('CNI_NETNS', `'${namespace}' is no absolute path`)
  return { command, containerId: readContainerId(variables), interface: readInterface(variables), namespace, args }
}

export const invalidVariable = (name: string, message: string) =>
  new CniError(codes.invalidEnvironment, `invalid environment: ${name} ${message}`)

function requireAll(variables: Variables, names: readonly string[]): void {
  const missing = names.filter(name => !variables.get(name))
  if (missing.length > 0) throw invalidVariable(missing.join(', '), missing.length > 1 ? 'are not set' : 'is not set')
}

const isCommand = (text: string): text is CniCommand => (cniCommands as readonly string[]).includes(text)

function readContainerId(variables: Variables): string {
  const id = variables.get('CNI_CONTAINERID') ?? ''
  // the specification's form; the length is that of a file name that holds it and more
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,159}$/.test(id)) {
    throw invalidVariable('CNI_CONTAINERID', 'is not made of at most 160 letters, digits and _ . - after a letter or digit')
  }
  return id
}

function readInterface(variables: Variables): string {
  const name = readLinkName(variables.get('CNI_IFNAME') ?? '')
  if (name instanceof Refusal) throw invalidVariable('CNI_IFNAME', name.reason)
  return name
}

/** `NAME=VALUE;NAME=VALUE`, in any order. */
function readArgs(text: string): Map<string, string> {
  const args = new Map<string, string>()
  for (const pair of text.split(';')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    if (at < 1) throw invalidVariable('CNI_ARGS', `'${pair.slice(0, 80)}' is not of the form NAME=VALUE`)
    args.set(pair.slice(0, at), pair.slice(at + 1))
  }
  return args
}
