/** Performs what only waits for the world, such as carrier: whoever has much to do does something else meanwhile. */
export type Aside = <T>(wait: () => Promise<T>) => Promise<T>
