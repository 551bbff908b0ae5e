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
    throw invalid('CNI_COMMAND', command === '' ? 'is not set' : `'${command}' is unknown; there are ${cniCommands.join(', ')}`)
  }
  const args = readArgs(variables.get('CNI_ARGS') ?? '')
  const concernsContainer = command === 'ADD' || command === 'DEL' || command === 'CHECK'
  if (!concernsContainer) return { command, containerId: '', interface: '', namespace: '', args }
  const namespace = variables.get('CNI_NETNS') ?? ''
  if (namespace === '' && command !== 'DEL') throw invalid('CNI_NETNS', 'is not set')
  // a bare number or name would mean something else to the agent than to the runtime
  if (namespace !== '' && !namespace.startsWith('/')) throw invalid('CNI_NETNS', `'${namespace}' is no absolute path`)
  return { command, containerId: readContainerId(variables), interface: readInterface(variables), namespace, args }
}

const invalid = (name: string, message: string) => new CniError(codes.invalidEnvironment, `invalid environment: ${name} ${message}`)

const isCommand = (text: string): text is CniCommand => (cniCommands as readonly string[]).includes(text)

function readContainerId(variables: Variables): string {
  const id = variables.get('CNI_CONTAINERID') ?? ''
  if (id === '') throw invalid('CNI_CONTAINERID', 'is not set')
  // the specification's form; the length is that of a file name that holds it and more
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,159}$/.test(id)) {
    throw invalid('CNI_CONTAINERID', 'is not made of at most 160 letters, digits and _ . - after a letter or digit')
  }
  return id
}

function readInterface(variables: Variables): string {
  const text = variables.get('CNI_IFNAME') ?? ''
  const name = readLinkName(text)
  if (name instanceof Refusal) throw invalid('CNI_IFNAME', text === '' ? 'is not set' : `: ${name.reason}`)
  return name
}

/** `NAME=VALUE;NAME=VALUE`, in any order. */
function readArgs(text: string): Map<string, string> {
  const args = new Map<string, string>()
  for (const pair of text.split(';')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    if (at < 1) throw invalid('CNI_ARGS', `'${pair.slice(0, 80)}' is not of the form NAME=VALUE`)
    args.set(pair.slice(0, at), pair.slice(at + 1))
  }
  return args
}
