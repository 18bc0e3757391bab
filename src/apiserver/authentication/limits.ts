export const limits = {
  /** Verified tokens that are remembered: some per pod of a large cluster; beyond it the oldest goes. */
  verifiedTokensMax: 8192,
  /** Clocks may differ this much, as go-jose allows. */
  clockLeewayMs: 60_000,
  tokenSecondsMin: 600,
  tokenSecondsMax: 2 ** 32,
  tokenSecondsDefault: 3600,
  /** What the ServiceAccount plugin asks for; such tokens live on with a warning, for a year. */
  warnOnlyTokenSeconds: 60 * 60 + 7,
  extendedTokenSeconds: 365 * 24 * 60 * 60,
} as const
