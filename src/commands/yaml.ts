import { stringify } from 'yaml'

/** A value as YAML. In a file of its own, so that the library is loaded only where YAML is asked for. */
export const asYaml = (value: unknown): string => stringify(value)
