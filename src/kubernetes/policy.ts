import { quote } from '../config/refusal.ts'
import { EgressRouterError } from '../errors.ts'
import { type Prefix, sharesPrefix, splitPrefix } from '../ip/prefix.ts'
import { annotations, type Wish } from './annotations.ts'
import { type LabelSelector, matches } from './label-selector.ts'

/** Who may ask for what. What no rule grants is refused. */
export interface Policy {
  /**
   * Whether a pod with a privileged container may ask for everything, as the original demands of those who ask for a link. Such a pod
   * owns the node already: a limit for it would be none.
   */
  readonly privilegedPods: boolean
  readonly rules: readonly Rule[]
}

/** What the pods of some namespaces may ask for. */
export interface Rule {
  /** Names of Kubernetes namespaces, or what their labels say. */
  readonly namespaces: readonly string[] | LabelSelector
  /** `link`: a macvlan link, whose addresses are then the pod's own affair. `router`: a whole router, with a source out of `sources`. */
  readonly may: ReadonlyArray<'link' | 'router'>
  readonly sources: readonly Prefix[]
  /** Parents that may be asked for by name; the link of the node's default route always may. */
  readonly parents: readonly string[]
}

/** Without a policy file: as the original. */
export const defaultPolicy: Policy = { privilegedPods: true, rules: [] }

/** Who asks. */
export interface Applicant {
  readonly kubeNamespace: string
  /** Labels of the namespace; undefined while they are not known. */
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined
  /** Undefined where nobody can know. */
  readonly privileged: boolean | undefined
  readonly hostNetwork: boolean
}

/** A pod that may not have what it asks for. */
export class RefusedError extends EgressRouterError {
  constructor(message: string, hint?: string) {
    super('EREFUSED', message, { hint })
  }
}

/** What would decide is not known yet: neither a grant nor a refusal. */
export class UndecidedError extends EgressRouterError {
  constructor(message: string, cause?: unknown) {
    super('EAGAIN', message, { hint: 'it is tried again', cause })
  }
}

/** Errors: RefusedError with the reason. */
export function authorize(policy: Policy, applicant: Applicant, wish: Wish): void {
  if (applicant.hostNetwork) {
    throw new RefusedError("the pod uses the node's own network (hostNetwork), where no link is made for it", 'remove hostNetwork')
  }
  if (applicant.privileged && policy.privilegedPods) return
  const rules = policy.rules.filter(rule => isAbout(rule, applicant))
  // the reasons of the rule that comes closest: the pod's author should hear what is missing, not that others have other rules
  const reasons = rules.map(rule => whyNot(rule, wish)).toSorted((a, b) => a.length - b.length)
  const [fewest] = reasons
  if (fewest === undefined) throw nobodySaysSo(policy, applicant)
  if (fewest.length > 0) throw new RefusedError(fewest.join('; '), "the rules of the agent's policy say who may ask for what")
}

function isAbout({ namespaces }: Rule, { kubeNamespace, namespaceLabels }: Applicant): boolean {
  if ('matchLabels' in namespaces) return namespaceLabels !== undefined && matches(namespaces, namespaceLabels)
  return namespaces.includes(kubeNamespace)
}

function nobodySaysSo(policy: Policy, { kubeNamespace, privileged }: Applicant): RefusedError {
  const others = {
    true: 'the policy lists no namespace of its own for privileged pods',
    false: 'the pod is not privileged',
    undefined: 'an agent without a cluster does not know whether the pod is privileged'
  } as const
  return new RefusedError(
    `${others[`${privileged}`]}, and no rule of the policy is about namespace ${kubeNamespace}`,
    policy.privilegedPods && privileged !== undefined
      ? 'make the pod privileged, or let an administrator list the namespace in the policy'
      : 'an administrator can list the namespace in the policy (EGRESS_POLICY_FILE)'
  )
}

/** Everything in a wish that a rule does not grant. */
function whyNot({ may, sources, parents }: Rule, { parent, router }: Wish): string[] {
  const reasons: string[] = []
  const kind = router ? 'router' : 'link'
  if (!may.includes(kind)) reasons.push(`the policy grants this namespace ${may.join(' and ')}, not a ${kind}`)
  if (parent !== undefined && !parents.includes(parent)) {
    const granted = parents.length > 0 ? `, only ${parents.join(', ')}` : ''
    reasons.push(`${annotations.macvlan}: the policy does not grant this namespace the parent ${quote(parent)}${granted}`)
  }
  for (const { address } of router?.sources ?? []) {
    if (sources.some(prefix => holds(prefix, address))) continue
    const granted = sources.length > 0 ? `only addresses out of ${sources.join(', ')}` : 'no address'
    reasons.push(`${annotations.source}: the policy does not grant this namespace ${address}, ${granted}`)
  }
  return reasons
}

function holds(prefix: Prefix, address: string): boolean {
  const { address: network, length } = splitPrefix(prefix)
  return sharesPrefix(address, network, length)
}
