/**
 * WebGPU's types as our declarations name them: the program's own where it has them (a browser library or
 * `@webgpu/types`), and `any` where it has none, so that nobody needs a type package to compile against this one.
 */
type Global<Name extends string> = typeof globalThis extends { [K in Name]: { prototype: infer Type } }
  ? Type
  : // biome-ignore lint/suspicious/noExplicitAny: stands for a type that the reader of the declaration does not have.
    any;

/** The entry point, `navigator.gpu`. */
export type GPU = Global<'GPU'>;
/** A logical device. */
export type GPUDevice = Global<'GPUDevice'>;
/** A block of device memory. */
export type GPUBuffer = Global<'GPUBuffer'>;
/** A compiled compute entry point. */
export type GPUComputePipeline = Global<'GPUComputePipeline'>;
/** The layout of a bind group. */
export type GPUBindGroupLayout = Global<'GPUBindGroupLayout'>;
/** Resources bound together. */
export type GPUBindGroup = Global<'GPUBindGroup'>;
/** Records commands. */
export type GPUCommandEncoder = Global<'GPUCommandEncoder'>;
/** Timestamps on the device. */
export type GPUQuerySet = Global<'GPUQuerySet'>;
