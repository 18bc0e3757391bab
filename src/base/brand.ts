declare const brand: unique symbol

/** A type that only a decoder or a named constructor can make, so that look-alikes cannot be mixed. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
