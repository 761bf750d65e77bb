import fc from 'fast-check';

/**
 * Seed of every property's examples: a fixed one, so that a run that passed passes again, and another where
 * `CIM_ATTENTION_PROPERTY_SEED` names it, to search further.
 */
const seed = Number(process.env['CIM_ATTENTION_PROPERTY_SEED'] ?? 20260101);
if (!Number.isInteger(seed)) throw new Error('CIM_ATTENTION_PROPERTY_SEED is not an integer');
fc.configureGlobal({ seed });
