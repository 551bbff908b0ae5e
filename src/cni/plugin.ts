import type { Agent } from '../agent/agent.ts'
import { type Attachment, attachmentId, configOf, type PodIdentity } from '../agent/attachment.ts'
import type { AttachmentSource } from '../agent/source.ts'
import { addressesOf } from '../config/source-address.ts'
import { formatError } from '../errors.ts'
import { CniError, codes } from './cni-error.ts'
import { type CniCall, invalidVariable } from './environment.ts'
import type { JsonObject } from './json.ts'
import { type NetworkConfig, readNetworkConfig, readValidAttachments } from './network-config.ts'
import { isOwnNetwork, readOwnNetwork } from './own-network.ts'
import { describeResult, passOn } from './result.ts'
import { findOwnNamespace, requireSandbox } from './sandbox.ts'
import { requireService } from './status.ts'
import { describeVersions } from './version.ts'
import { inNetworkWords } from './wording.ts'

/** What the commands of the specification are done with. */
export interface PluginOptions {
  readonly agent: Agent
  /** Decides for pods where we stand in the chain of another network's plugins. */
  readonly source: AttachmentSource
}

/** Does what a runtime asks for, and gives what is to be printed. `signal` is aborted when nobody waits for it any more. */
export class Plugin {
  readonly #agent: Agent
  readonly #source: AttachmentSource
  readonly #ownNamespace = findOwnNamespace()

  constructor({ agent, source }: PluginOptions) {
    this.#agent = agent
    this.#source = source
  }

  /** Errors: CniError, and those of the agent. */
  async perform(call: CniCall, input: string, signal: AbortSignal): Promise<JsonObject | undefined> {
    if (call.command === 'VERSION') return describeVersions(input)
    const network = readNetworkConfig(input, call.command)
    try {
      return await this.#perform(call, network, signal)
    } catch (error) {
      throw isOwnNetwork(network) ? inNetworkWords(error) : error
    }
  }

  async #perform(call: CniCall, network: NetworkConfig, signal: AbortSignal): Promise<JsonObject | undefined> {
    switch (call.command) {
      case 'ADD':
        return this.#add(call, network, signal)
      case 'DEL':
        return this.#delete(call, network)
      case 'CHECK':
        return this.#check(call, network)
      case 'STATUS':
        requireService(this.#agent, network)
        return undefined
      case 'GC':
        return this.#collect(network)
    }
  }

  async #add(call: CniCall, network: NetworkConfig, signal: AbortSignal): Promise<JsonObject> {
    const { version, previous } = network
    requireSandbox(call.namespace, this.#ownNamespace)
    if (isOwnNetwork(network)) {
      const attachment = readOwnNetwork(network, call)
      const link = await this.#agent.attach(attachment, signal)
      return previous ? passOn(version, previous) : describeResult(version, attachment, link)
    }
    if (!previous) throw notChained()
    const attachment = await this.#askSource(call, network)
    if (attachment) await this.#agent.attach(attachment, signal)
    return passOn(version, previous)
  }

  /** Works from the container's id alone, as often as it is asked for, and whatever the configuration has become meanwhile. */
  async #delete({ containerId, interface: name, namespace }: CniCall, network: NetworkConfig): Promise<undefined> {
    const place = namespace !== '' && isOwnNetwork(network) ? { namespace, link: name } : undefined
    await this.#agent.detach(attachmentId(containerId, name), place)
  }

  async #check(call: CniCall, network: NetworkConfig): Promise<undefined> {
    const own = isOwnNetwork(network)
    if (!network.previous) throw new CniError(codes.invalidConfig, 'prevResult: it is missing, and CHECK needs it')
    const attachment = own ? readOwnNetwork(network, call) : await this.#askSource(call, network)
    const id = attachmentId(call.containerId, call.interface)
    const kept = this.#agent.find(id)
    if (!attachment) {
      if (kept) throw differs([`the pod has an egress attachment (link ${kept.link.name}) that it does not ask for`])
      return
    }
    const differences = this.#agent.check(attachment)
    if (!kept) differences.push('nobody looks after the attachment: the agent does not know it')
    if (own) differences.push(...comparePrevious(network.raw.prevResult as JsonObject, call, attachment))
    if (differences.length > 0) throw differs(differences)
  }

  /** Takes away the attachments of this network that the runtime does not know any more. Tries all before it tells of failures. */
  async #collect(network: NetworkConfig): Promise<undefined> {
    const valid = new Set(readValidAttachments(network).map(entry => attachmentId(entry.containerId, entry.interface)))
    const stale = this.#agent.list().filter(({ attachment: { id, cni } }) => cni?.network === network.name && !valid.has(id))
    const outcomes = await Promise.allSettled(stale.map(({ attachment }) => this.#agent.detach(attachment.id)))
    const failures = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [formatError(outcome.reason)] : []))
    if (failures.length > 0) throw new CniError(codes.kernel, failures.join('\n'))
  }

  async #askSource(call: CniCall, { name, annotations }: NetworkConfig) {
    const pod = readPod(call)
    const sandbox = { containerId: call.containerId, namespace: call.namespace }
    const attachment = await this.#source.forPod({ identity: pod, annotations }, sandbox)
    if (!attachment) return undefined
    const { containerId, interface: cniInterface } = call
    // the name of the attachment is the runtime's, by which it will ask for its end
    return { pod, ...attachment, id: attachmentId(containerId, cniInterface), cni: { network: name, containerId, interface: cniInterface } }
  }
}

/**
 * The pod as kubelet's runtimes name it in CNI_ARGS; a container outside Kubernetes is no pod. Errors: CniError 4 for half a name, as for a
 * container outside Kubernetes other rules hold.
 */
function readPod({ args }: CniCall): PodIdentity | undefined {
  const kubeNamespace = args.get('K8S_POD_NAMESPACE')
  const name = args.get('K8S_POD_NAME')
  if (!kubeNamespace && !name) return undefined
  if (!kubeNamespace || !name) throw invalidVariable('CNI_ARGS', 'has one of K8S_POD_NAMESPACE and K8S_POD_NAME, and not the other')
  return { kubeNamespace, name, uid: args.get('K8S_POD_UID') || undefined }
}

/** What the runtime remembers of the ADD against what the configuration says now. */
function comparePrevious(previous: JsonObject, { interface: name }: CniCall, attachment: Attachment): string[] {
  const interfaces = Array.isArray(previous.interfaces) ? (previous.interfaces as JsonObject[]) : []
  const ips = Array.isArray(previous.ips) ? (previous.ips as JsonObject[]) : []
  const index = interfaces.findIndex(entry => entry?.name === name && typeof entry.sandbox === 'string' && entry.sandbox !== '')
  if (index < 0) return []
  const remembered = new Set(ips.filter(entry => entry?.interface === index).map(entry => String(entry.address)))
  return (configOf(attachment)?.sources ?? [])
    .flatMap(addressesOf)
    .map(({ address, prefix }) => `${address}/${prefix}`)
    .filter(text => !remembered.has(text))
    .map(text => `prevResult holds ${[...remembered].join(', ') || 'no address'} for ${name}, and the configuration says ${text}`)
}

const notChained = () =>
  new CniError(
    codes.invalidConfig,
    'prevResult: it is missing: without ip in its configuration this plugin stands in a chain, after the plugin that connects the pod'
  )

const differs = (differences: readonly string[]) =>
  new CniError(
    codes.differs,
    `not as it should be: ${differences[0]}${differences.length > 1 ? ` and ${differences.length - 1} more` : ''}`,
    differences.join('\n')
  )
