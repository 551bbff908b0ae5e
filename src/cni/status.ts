import { whyUnable, whyUseless } from '../agent/ability.ts'
import type { Agent } from '../agent/agent.ts'
import { findDefaultParent } from '../agent/default-parent.ts'
import { formatError } from '../errors.ts'
import { CniError, codes } from './cni-error.ts'
import { objectAt, stringAt } from './json.ts'
import type { NetworkConfig } from './network-config.ts'
import { isOwnNetwork } from './own-network.ts'

/**
 * Whether an ADD for this network could be served now. In a chain nothing is said against it: for the runtime that would be the state of
 * the whole node, whose other pods do not need us; what a pod asks for and cannot get, its ADD says.
 *
 * Errors: CniError 50 with the reason when not; 51 when what is there already suffers, too.
 */
export function requireService(agent: Agent, network: NetworkConfig): void {
  if (!isOwnNetwork(network)) return
  const general = agent.isEnding ? 'the agent is ending' : whyUnable()
  if (general !== undefined) throw unavailable(agent, network, general)
  const parent = parentOf(network)
  const reason = whyUseless(parent)
  if (reason !== undefined) throw unavailable(agent, network, reason, parent)
}

function parentOf({ raw }: NetworkConfig): string {
  const named = stringAt(objectAt(raw, 'interfaceArgs') ?? {}, 'master', 'interfaceArgs.master')
  try {
    return named ?? findDefaultParent()
  } catch (error) {
    throw new CniError(codes.notAvailable, formatError(error))
  }
}

/** @param parent of which every link suffers */
function unavailable(agent: Agent, network: NetworkConfig, reason: string, parent?: string): CniError {
  const own = agent.list().filter(({ attachment }) => attachment.cni?.network === network.name)
  const suffers = own.some(({ attachment, state }) => state === 'failing' || attachment.link.parent === parent)
  return new CniError(suffers ? codes.limitedConnectivity : codes.notAvailable, reason)
}
