import type { LinuxOptions } from '../../src/index.ts'

/** How the elements of maps are written: by the product's own codec, or by libnftables' JSON like everything else. */
export const openElements = (way: string | undefined): LinuxOptions => (way === 'json' ? { elements: 'json' } : {}) as LinuxOptions
