import type { EgressConfig, Numbers } from '../config/shape.ts'
import type { Interest } from '../kernel/kernel.ts'
import { link } from '../state/link.ts'
import type { DesiredState, ObservedState } from '../state/state.ts'
import { clusterLink } from './interface.ts'
import { recall, remember } from './memory.ts'
import { refuseNames } from './redirect.ts'
import { routing } from './routing.ts'
import { compileRuleset } from './ruleset.ts'
import { desiredSysctls, sysctlKeys } from './sysctls.ts'

/** What to observe before `compile`: the sysctls a router may set. */
export const interestOf = (config: Pick<EgressConfig, 'interface' | 'clusterInterface'>): Interest => ({
  sysctls: sysctlKeys(config.interface, config.clusterInterface)
})

/**
 * What the user wants, as kernel objects. A pure function of the configuration and of what the namespace is like.
 *
 * @param parentNamespace how `ip` would name the router's namespace, when the macvlan's parent is in another one
 * Errors: EgressRouterError `ELINK` without a cluster link, `EUSAGE` for a destination by name.
 */
export function compile(config: EgressConfig, observed: ObservedState, namespace?: string): DesiredState {
  refuseNames(config)
  const cluster = clusterLink(config, observed)
  const sysctls = desiredSysctls(config, cluster.name, observed)
  const { parent, macvlanMode: mode, mtu } = config
  return {
    links: [
      {
        name: config.interface,
        up: true,
        mtu,
        creation: parent === undefined ? undefined : { parent, mode, mtu, namespace }
      }
    ],
    ...routing(config),
    sysctls,
    ruleset: compileRuleset(config, cluster.name, remember(sysctls, observed)),
    protocol: config.numbers.protocol
  }
}

/** A namespace without a router: nothing of ours, and the sysctls as they were. */
export function compileNothing(numbers: Pick<Numbers, 'protocol'>, observed: ObservedState): DesiredState {
  // the sysctls of a link that we made go with it
  const leaving = observed.links.filter(entry => link.owned(entry, numbers.protocol)).map(entry => `/${entry.name}/`)
  return {
    links: [],
    addresses: [],
    routes: [],
    rules: [],
    sysctls: recall(observed.ruleset).filter(({ key }) => !leaving.some(name => key.includes(name))),
    protocol: numbers.protocol
  }
}
