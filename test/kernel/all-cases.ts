import type { KernelCase } from '../support/kernel-case.ts';
import { attendCases } from './attend.cases.ts';
import { butterflyRouteCases } from './butterfly-route.cases.ts';
import { chargeMvmCases } from './charge-mvm.cases.ts';
import { chargeProgramCases } from './charge-program.cases.ts';
import { chargeSelectCases } from './charge-select.cases.ts';
import { chargedCellsCases } from './charged-cells.cases.ts';
import { crossbarCases } from './crossbar.cases.ts';
import { crossbarCellsCases } from './crossbar-cells.cases.ts';
import { crossbarCompensateCases } from './crossbar-compensate.cases.ts';
import { crossbarCurrentCases } from './crossbar-currents.cases.ts';
import { crossbarFaultsCases } from './crossbar-faults.cases.ts';
import { embedCases } from './embed.cases.ts';
import { headsCases } from './heads.cases.ts';
import { layerNormCases } from './layer-norm.cases.ts';
import { linearCases } from './linear.cases.ts';
import { localityCases } from './locality.cases.ts';
import { nibbleProgramCases } from './nibble-program.cases.ts';
import { pqCases } from './pq.cases.ts';
import { pqScoreWholeCases } from './pq-score-whole.cases.ts';
import { scoreAttendCases } from './score-attend.cases.ts';
import { selectionCases } from './selection.cases.ts';
import { spanAttendCases } from './span-attend.cases.ts';
import { spanSelectCases } from './span-select.cases.ts';
import { sparseLinearCases } from './sparse-linear.cases.ts';
import { thresholdCases } from './threshold.cases.ts';
import { thresholdCellsCases } from './threshold-cells.cases.ts';
import { tokenLossCases } from './token-loss.cases.ts';
import { wiresCases } from './wires.cases.ts';
import { wtaSelectCases } from './wta-select.cases.ts';

/** Every kernel's checks, by kernel; Node, Deno and Chromium run them all. */
export const allCases: Readonly<Record<string, readonly KernelCase[]>> = {
  attend: attendCases,
  pq: pqCases,
  'pq-score-whole': pqScoreWholeCases,
  selection: selectionCases,
  'wta-select': wtaSelectCases,
  'span-attend': spanAttendCases,
  'span-select': spanSelectCases,
  crossbar: crossbarCases,
  'crossbar-currents': crossbarCurrentCases,
  'crossbar-cells': crossbarCellsCases,
  'crossbar-compensate': crossbarCompensateCases,
  'crossbar-faults': crossbarFaultsCases,
  'charge-program': chargeProgramCases,
  'charged-cells': chargedCellsCases,
  'charge-mvm': chargeMvmCases,
  'charge-select': chargeSelectCases,
  'score-attend': scoreAttendCases,
  linear: linearCases,
  'butterfly-route': butterflyRouteCases,
  'sparse-linear': sparseLinearCases,
  locality: localityCases,
  embed: embedCases,
  heads: headsCases,
  'layer-norm': layerNormCases,
  'nibble-program': nibbleProgramCases,
  threshold: thresholdCases,
  'threshold-cells': thresholdCellsCases,
  'token-loss': tokenLossCases,
  wires: wiresCases,
};
