/** The public names for browsers, Deno and bundlers: no Node module and no other package is imported from here. */

export {
  type ButterflyConfig,
  type HeadlinePoint,
  type ResolvedButterfly,
  resolveButterfly,
  type Spans,
} from './accelerator/butterfly-config.ts';
export { type ChargeConfig, type ResolvedCharge, resolveCharge } from './accelerator/charge-config.ts';
export type { Codebooks } from './accelerator/codebook.ts';
export { Crossbar, type CrossbarPopulation, type CrossbarWeights, programCrossbar } from './accelerator/crossbar.ts';
export { type CrossbarConfig, type ResolvedCrossbar, resolveCrossbar } from './accelerator/crossbar-config.ts';
export type { CrossbarCost } from './accelerator/crossbar-cost.ts';
export type { FaultMap, FaultMaps } from './accelerator/crossbar-faults.ts';
export type { CrossbarLedger } from './accelerator/crossbar-ledger.ts';
export { type CrossbarPreset, type CrossbarPresetName, crossbarPresets } from './accelerator/crossbar-presets.ts';
export type { SliceProfile } from './accelerator/crossbar-profile.ts';
export { DenseAttention } from './accelerator/dense.ts';
export type { DriftCompensation } from './accelerator/drift-compensation.ts';
export { type FitOptions, fitCodebooks, type LayerSamples } from './accelerator/fit-codebooks.ts';
export { Hardsea, type HardseaOptions } from './accelerator/hardsea.ts';
export {
  type HardseaConfig,
  type ResolvedHardsea,
  resolveHardsea,
  type ScoreRule,
} from './accelerator/hardsea-config.ts';
export type { AcceleratorLedger } from './accelerator/ledger.ts';
export type { Activity, HeadActivity, Machine, MachineCall, MachineOptions } from './accelerator/machine.ts';
export { type AdcCircuit, type AdcCircuitChoice, adcCircuit, adcCircuitKinds } from './device/adc-circuit.ts';
export { type DrawnAdc, drawAdc, drawnCode } from './device/adc-transfer.ts';
export { type CellChoice, type CellModel, cellModel, cellNames, type Distribution } from './device/cell.ts';
export { type CellCsvOptions, parseCellCsv } from './device/cell-csv.ts';
export { programmingSigmaUs, readVarianceUs2 } from './device/cell-state.ts';
export {
  type ChargeChoice,
  type ChargeCombine,
  type ChargeModel,
  chargeModel,
  chargeNames,
} from './device/charge-array.ts';
export {
  type ComparatorChoice,
  type ComparatorField,
  type ComparatorModel,
  calibratedLsb,
  comparatorModel,
  comparatorNames,
} from './device/comparator.ts';
export { type AdcModel, type ClipOrder, convert, type Grid, type Ties } from './device/converter.ts';
export { type Curve, type CurveInput, evaluateCurve } from './device/curve.ts';
export { namedConverter } from './device/named-converter.ts';
export { conversionError, optimisedRange } from './device/optimised-range.ts';
export { type FixedRange, fixRange, type RangeRule } from './device/range.ts';
export type { SliceRanges } from './device/slice-ranges.ts';
export {
  arrivalNs,
  referenceTimeoutNs,
  resolvableGap,
  timeCodes,
  type WtaChoice,
  type WtaField,
  type WtaModel,
  wtaModel,
  wtaNames,
} from './device/time-domain.ts';
export { type ProfileOptions, profileOf, type ValueProfile } from './device/value-profile.ts';
export { type WiresChoice, type WiresModel, wiresModel, wiresNames } from './device/wires.ts';
export { CimError, type ErrorKind } from './errors.ts';
export { type Generator, generators } from './generator.ts';
export type { AdapterClass, AdapterFacts } from './gpu/adapter.ts';
export type { Batch, Reading } from './gpu/batch.ts';
export { type DeviceOptions, openDevice } from './gpu/device.ts';
export type { Gpu } from './gpu/gpu.ts';
export type { Series } from './gpu/series.ts';
export type { Tensor } from './gpu/tensor.ts';
export { compileWeights, type SparseWeights } from './kernel/sparse-weights/compile.ts';
export {
  type MetadataEncoding,
  metadataBits,
  type RouteCounts,
  routeCounts,
  type SparseCounts,
  sparseCounts,
} from './kernel/sparse-weights/counts.ts';
export { encodeMetadata, type Metadata } from './kernel/sparse-weights/metadata.ts';
export { pruneBalanced, pruneToDensity } from './kernel/sparse-weights/prune.ts';
export { quantizeWeights, type WeightScale } from './kernel/sparse-weights/quantize.ts';
export type { SparseShape } from './kernel/sparse-weights/shape.ts';
export { tune, useVariants, type Variants } from './kernel/tune.ts';
export { type AdcCost, type AdcCostModel, type AdcDesign, adcCost, dacEnergyPj } from './ledger/adc-model.ts';
export { auditFigures, auditLedger, auditTechnology } from './ledger/audit.ts';
export { addCounts, type Counts, scaleCounts, totalOf } from './ledger/counts.ts';
export {
  type Elasticities,
  type Elasticity,
  elasticities,
  ledgerElasticities,
  type TechnologyChange,
  usedElasticities,
} from './ledger/elasticity.ts';
export type { Basis, Figure, Standing } from './ledger/figure.ts';
export {
  columnAreaUm2,
  columnDelayNs,
  type GateLibrary,
  gates28nm,
  type MacColumn,
  macEnergyFj,
  type OperatingPoint,
} from './ledger/gate-model.ts';
export { hardseaPublished, publishedFigures } from './ledger/published.ts';
export type { Quantity } from './ledger/quantity.ts';
export { type ButterflyGeometry, butterflyTechnology } from './ledger/technology/butterfly.ts';
export { type ChargeGeometry, chargeTechnology } from './ledger/technology/charge.ts';
export {
  type ChargeFit,
  type ChargeReading,
  fitCharge,
  type OperationDefinition,
  operationMeaning,
} from './ledger/technology/charge-fit.ts';
export { type CrossbarGeometry, crossbarTechnology } from './ledger/technology/crossbar.ts';
export { type HardseaGeometry, hardseaTechnology } from './ledger/technology/hardsea.ts';
export {
  type Action,
  type AreaRow,
  areaByComponent,
  type Component,
  type EnergyRow,
  energyByComponent,
  type Technology,
} from './ledger/technology.ts';
export { type Process, type Scaled, scaleTechnology, scalingFactor } from './ledger/technology-scaling.ts';
export type { Outcome, OwnValue, ValidationRow } from './ledger/validation.ts';
export type { Attention, AttentionCall, LinearCall } from './model/attention.ts';
export { type BlobLike, type ByteSource, blobSource, bytesSource, readText } from './model/byte-source.ts';
export { type BertConfig, type Gpt2Config, type ModelConfig, parseModelConfig } from './model/config.ts';
export { loadModel, type Model, type ModelSource } from './model/model.ts';
export type { ForwardInput } from './model/pass.ts';
export { openSafetensors, type ReadOptions, type SafetensorsFile } from './model/safetensors.ts';
export { encodeSafetensors, type TensorToWrite } from './model/safetensors-write.ts';
export type { Grade, Source } from './source.ts';
export { attend } from './study/attend.ts';
export { attendButterfly, type ButterflyAttendInput } from './study/attend-butterfly.ts';
export { decodeCodebooks, encodeCodebooks } from './study/codebook-file.ts';
export { comparatorOffsetStudy, type OffsetPoint, type OffsetStudy } from './study/comparator-offset.ts';
export { type CrossbarJob, type CrossbarResult, runCrossbar, type ShapedArray } from './study/crossbar-run.ts';
export { type Diagnosis, diagnose } from './study/doctor.ts';
export { evaluate } from './study/evaluate.ts';
export {
  closedFormCurrents,
  effectiveMatrix,
  solveWires,
  type WiredArray,
  type WiredSolution,
} from './study/exact-wires.ts';
export { type MarkovMasks, markovMasks } from './study/markov-masks.ts';
export * from './study/result.ts';
export { type ValidationResult, validate } from './study/validate.ts';
export { version } from './version.ts';
