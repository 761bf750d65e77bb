/**
 * Counter-based generators that shaders draw from: `pcg4d`, fast, and `philox` (Philox4x32-10), several times as expensive and in
 * agreement with Random123's published words.
 */
export const generators = ['pcg4d', 'philox'] as const;

/** Name of a generator. */
export type Generator = (typeof generators)[number];
