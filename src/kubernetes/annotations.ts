import { readLinkName } from '../config/link-name.ts'
import { parseConfig } from '../config/load.ts'
import { quote, Refusal } from '../config/refusal.ts'
import { settings } from '../config/settings.ts'
import type { Source } from '../config/shape.ts'
import { ConfigError, type ConfigIssue } from '../errors.ts'

/** The annotations of a pod that mean something here. */
export const annotations = {
  macvlan: 'pod.network.openshift.io/assign-macvlan',
  source: 'egress-router.io/source',
  gateway: 'egress-router.io/gateway',
  destination: 'egress-router.io/destination',
  status: 'egress-router.io/status'
} as const

/** The link that a pod with annotations gets: the name that the router and its documentation expect. */
export const LINK = 'macvlan0'

/** What a pod asks for. */
export interface Wish {
  /** Name of the parent link on the node; undefined for the link of the node's IPv4 default route. */
  readonly parent: string | undefined
  /** Present when the node is to set up the whole router. */
  readonly router?: RouterWish | undefined
}

export interface RouterWish {
  readonly values: { readonly source: string; readonly gateway: string; readonly destination: string }
  readonly sources: readonly Source[]
}

type Annotations = Readonly<Record<string, string>>

const routerKeys = ['source', 'gateway', 'destination'] as const

/**
 * What the annotations of a pod ask for: nothing, a macvlan link, or a link with a whole router on it.
 *
 * Errors: ConfigError with every problem, each under the name of its annotation.
 */
export function readAnnotations(given: Annotations): Wish | undefined {
  const asked = given[annotations.macvlan]
  const keys = routerKeys.filter(key => given[annotations[key]] !== undefined)
  const issues: ConfigIssue[] = []
  const parent = readParent(asked, issues)
  if (asked === 'false' && keys.length > 0) {
    issues.push({
      source: annotations.macvlan,
      message: `'false' says that the pod gets no link, and ${keys.map(key => annotations[key]).join(', ')} that it is a router`,
      hint: 'remove one of the two'
    })
  }
  const router = keys.length > 0 ? readRouter(given, issues) : undefined
  if (issues.length > 0) throw new ConfigError(firstOf(issues))
  if (router) return { parent, router }
  return asked === undefined || asked === 'false' ? undefined : { parent }
}

/** So many problems are told at once: an annotation may have a quarter of a megabyte, whose every line is one. */
const MOST_TOLD = 20

function firstOf(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const more = issues.length - MOST_TOLD
  if (more <= 0) return issues
  return [...issues.slice(0, MOST_TOLD), { source: 'egress-router.io', message: `and ${more} more problems` }]
}

function readParent(text: string | undefined, issues: ConfigIssue[]): string | undefined {
  if (text === undefined || text === 'true' || text === 'false') return undefined
  const name = readLinkName(text)
  if (!(name instanceof Refusal)) return name
  issues.push({
    source: annotations.macvlan,
    message: `neither 'true' nor the name of a link of the node: ${name.reason}`,
    hint: 'write "true" for the link of the node\'s default route, or the name of a link'
  })
  return undefined
}

function readRouter(given: Annotations, issues: ConfigIssue[]): RouterWish | undefined {
  const missing = routerKeys.filter(key => given[annotations[key]] === undefined)
  for (const key of missing)
    issues.push({ source: annotations[key], message: 'is missing: a router needs source, gateway and destination' })
  const values = Object.fromEntries(routerKeys.map(key => [key, given[annotations[key]] ?? ''])) as RouterWish['values']
  try {
    const { config } = parseConfig({ values: { ...present(values, missing), interface: LINK } })
    const named = config.redirects.find(({ destination }) => 'name' in destination)
    if (named) {
      issues.push({
        source: annotations.destination,
        message: `${quote('name' in named.destination ? named.destination.name : '')} is a host name, and only addresses can be destinations here`
      })
    }
    return { values, sources: config.sources }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const told: readonly string[] = missing.map(key => settings[key].variable)
    issues.push(...error.issues.filter(({ source }) => !told.includes(source)).map(underAnnotation))
    return undefined
  }
}

/** The keys that are there: a missing one has been told already. */
const present = (values: RouterWish['values'], missing: readonly string[]) =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !missing.includes(key)))

/** A problem of a value, under the name by which the pod gave it; the words of what is empty begin with the name of its variable. */
function underAnnotation({ source, path = source, ...issue }: ConfigIssue): ConfigIssue {
  const key = routerKeys.find(name => path === name || path.startsWith(`${name}[`) || issue.message.startsWith(settings[name].variable))
  return key ? { ...issue, source: annotations[key] } : { ...issue, source: path }
}
