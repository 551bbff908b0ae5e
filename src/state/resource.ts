export type Verb = 'add' | 'change' | 'delete'

/**
 * What every kind of object tells of itself. `key` names the place it takes (two objects of one key cannot both be), `equal` whether the
 * observed one will do, `owned` whether it carries our mark, `command` how an operator would type it.
 */
export interface ResourceType<Desired, Observed extends Desired = Desired> {
  readonly kind: string
  key(resource: Desired): string
  equal(desired: Desired, observed: Observed): boolean
  owned(observed: Observed, protocol: number): boolean
  command(verb: Verb, resource: Desired): string
}
