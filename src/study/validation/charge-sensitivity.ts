import { type ChargeConfig, resolveCharge } from '../../accelerator/charge-config.ts';
import { chargeLedger } from '../../accelerator/charge-ledger.ts';
import { chargeModel, unitVolts } from '../../device/charge-array.ts';
import { measuredFigure } from '../../ledger/figure.ts';
import { chargeFitted } from '../../ledger/technology/charge.ts';
import { type OwnFigure, ownFigures } from '../../ledger/validation.ts';
import { chargeEstimateReference, upperNibble } from '../../reference/charge-mvm.ts';
import { randomWords, streams, toNormals } from '../../reference/rng.ts';
import { correlatedOperands } from '../correlated-operands.ts';

/** The peak of the analog core where a choice of ours is another one: capacitor, supply, and the widths that the peak is read at. */
export function coreSensitivity(): readonly OwnFigure[] {
  const changes: Readonly<Record<string, ChargeConfig>> = {
    '0.5 fF in place of 1': { array: { unitCapacitanceFf: 0.5 } },
    '2 fF in place of 1': { array: { unitCapacitanceFf: 2 } },
    '0.85 V in place of 1': { array: { supplyV: 0.85 } },
    '1.2 V in place of 1': { array: { supplyV: 1.2 } },
  };
  const peaks = Object.entries(changes).map(([label, config]) => labelled(config, chargeFitted.core, label));
  const widths = ([4, 8] as const).map((keyBits) =>
    labelled(
      { peakBits: [4, keyBits] },
      'efficiency of the analog core',
      `in a run, the peak read at 4 b x ${keyBits} b`,
    ),
  );
  return [...peaks, ...widths];
}

function labelled(config: ChargeConfig, name: string, label: string): OwnFigure {
  const head = { queries: 64, visiblePairs: 4096, keptPairs: 1024, keysWritten: 64, passes: 64 };
  const subject = { config: resolveCharge(config), dim: 64, chips: 1 };
  const [own] = ownFigures((change) => chargeLedger(subject, [[head]], 1, change), [name]);
  return { ...own!, figure: { ...own!.figure, name: `${name}, ${label}` } };
}

const study = { first: 0, queries: 8, keys: 256, dim: 64, correlation: 0.25, wanted: 64, seed: 1 };

/** Share of the wanted keys that an array with passive sharing keeps, against the standard deviation of its comparators' offsets. */
export function offsetSensitivity(): readonly OwnFigure[] {
  const { queries, keys, dim, wanted } = study;
  const model = chargeModel({ preset: 'charge-65nm', capacitorMismatch: 0 });
  const operands = correlatedOperands(study);
  const nibbles = (codes: Uint32Array<ArrayBuffer>, row: number) =>
    Array.from(new Int8Array(codes.buffer, row * dim, dim), upperNibble);
  const scored = Array.from({ length: queries }, (_, i) => {
    const q = nibbles(operands.q, i);
    return Float64Array.from({ length: keys }, (_, j) =>
      chargeEstimateReference({ ...model, combine: 'ideal' }, q, nibbles(operands.k, i * (keys + 1) + j)),
    );
  });
  return [0, 1, 5].map((offsetMv) => {
    let found = 0;
    scored.forEach((estimates, i) => {
      // Codes are sixteen times their nibbles.
      const limit = (operands.thresholds[i]! * Math.sqrt(dim)) / 256;
      estimates.forEach((estimate, j) => {
        const [draw] = toNormals(randomWords(study.seed, 0, streams.comparatorOffset, j, i));
        const offset = (offsetMv * 1e-3 * draw!) / unitVolts(model, dim);
        if (operands.wanted[i]![j] && estimate + offset >= limit) found++;
      });
    });
    const note = `${queries} synthetic queries with ${keys} keys of ${dim} dimensions, a quarter wanted, passive sharing, no calibration`;
    const name = `wanted keys kept, comparator offset of ${offsetMv} mV`;
    return { figure: measuredFigure(name, found / (queries * wanted), 'share', { note }, 'float64 on the CPU') };
  });
}
