import type { Text } from './place.ts'
import { type SettingKey, settingKeys, settings } from './settings.ts'

/** What one origin (flags, environment, file) gives; several texts where a list was given. */
export type Layer = ReadonlyMap<SettingKey, readonly Text[]>

/** A value as flags and embedding programs give it. */
export type Value = string | number | boolean | readonly (string | number)[]

/** Values by key: what the YAML file holds, for programs that embed the router. */
export type ConfigValues = { readonly [key in SettingKey]?: Value | undefined }

/** Flags as they were parsed, by key; each is called by its name on the command line. */
export const flagLayer = (flags: ConfigValues): Layer => layer(flags, key => ({ source: settings[key].flag }))

/** Values of an embedding program, called by their key. */
export const valueLayer = (values: ConfigValues): Layer => layer(values, (key, index) => ({ source: 'values', path: `${key}${index}` }))

function layer(values: ConfigValues, place: (key: SettingKey, index: string) => Omit<Text, 'text'>): Layer {
  const texts = new Map<SettingKey, Text[]>()
  for (const key of settingKeys) {
    const value = values[key]
    if (value === undefined) continue
    texts.set(
      key,
      Array.isArray(value)
        ? value.map((item, i) => ({ ...place(key, `[${i}]`), text: String(item) }))
        : [{ ...place(key, ''), text: textOf(value) }]
    )
  }
  return texts
}

/** A switch that is off is the empty text, as it is in the environment. */
const textOf = (value: Value) => (value === false ? '' : String(value))

/**
 * Destinations have two names, the text and its file: a layer that gives one hides both of the layers below it,
 * so that a flag `--destination` wins over a variable EGRESS_DESTINATION_FILE.
 */
export function hideDestinations(layers: readonly Layer[]): Layer[] {
  const first = layers.findIndex(layer => layer.has('destination') || layer.has('destinationFile'))
  const others = (layer: Layer) => new Map(Array.from(layer).filter(([key]) => key !== 'destination' && key !== 'destinationFile'))
  return layers.map((layer, i) => (i > first ? others(layer) : layer))
}
