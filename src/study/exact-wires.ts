/** Arrays with wires in float64 on the host, for those who want node voltages or an oracle: no GPU, one array at a time. */
export {
  closedFormCurrents,
  effectiveMatrix,
  solveWires,
  type WiredArray,
  type WiredSolution,
} from '../reference/wires.ts';
