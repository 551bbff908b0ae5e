import type { V1Pod } from '@kubernetes/client-node'

/** Whether any container of the pod is privileged, the measure of the original for who may have a macvlan link. */
export const isPrivileged = ({ spec }: V1Pod): boolean =>
  [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(container => container.securityContext?.privileged === true)
